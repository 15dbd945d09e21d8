//! Calls that functions make from Java: `flock.Flock.call`.
//!
//! The called action runs as any call does, on a lane of its own function, with its own limits and record; the record's
//! `cause` is the caller's activation. So a stop of one does not touch the other. The caller's lane waits
//! (`flock_jvm`, `natives::outward`) and stays under the caller's own deadline. Admission counts it as a client's call: in flight,
//! in the minute, and for the share of the CPU. How deep calls go, and whether an action may come back to itself, is bounded here.

use std::{
    iter::successors,
    sync::{Arc, OnceLock, Weak, mpsc},
};

use flock_jvm::{Caller, TellKind, Told};
use tokio::runtime::Handle;

use crate::{
    model::{Action, ActionPath, Activation, Exec, Outcome, json::Members, time::Moment},
    store::resolve::Unresolved,
};

use super::{
    Invocation, Invoker,
    call::{Facts, PendingCall},
    payload::Payload,
};

/// What a call needs to make others.
#[derive(Debug, Clone)]
pub struct Direct {
    invoker: Arc<OnceLock<Weak<Invoker>>>,
    runtime: Handle,
    depth_max: usize,
    payload_max_bytes: usize,
}

/// The action that made a call from Java, and who had called that.
#[derive(Debug)]
pub struct Callers {
    action: Arc<Action>,
    before: Option<Arc<Callers>>,
}

impl Direct {
    /// To be tied to the invoker that it is a part of; `depth_max` actions may call one another in a row, with as long a payload
    /// as a client's.
    pub fn new(runtime: Handle, depth_max: usize, payload_max_bytes: usize) -> Self {
        Self { invoker: Arc::default(), runtime, depth_max, payload_max_bytes }
    }

    /// Ties it.
    pub fn tie(&self, invoker: &Arc<Invoker>) {
        // Once, at the start.
        let _ = self.invoker.set(Arc::downgrade(invoker));
    }

    /// For the call that runs.
    pub(super) fn of(&self, facts: &Arc<Facts>) -> Arc<dyn Caller> {
        Arc::new(Running { direct: self.clone(), facts: Arc::clone(facts) })
    }
}

/// A call that runs and may call others.
struct Running {
    direct: Direct,
    facts: Arc<Facts>,
}

impl Caller for Running {
    fn payload_max_bytes(&self) -> usize {
        self.direct.payload_max_bytes
    }

    fn call(&self, action: &str, payload: Vec<u8>) -> Result<mpsc::Receiver<Told>, String> {
        let facts = &self.facts;
        let invoker = self.direct.invoker.get().and_then(Weak::upgrade).ok_or("the host is stopping")?;
        let name = &facts.identity.namespace;
        let full = if action.starts_with('/') { action.to_owned() } else { format!("/{name}/{action}") };
        let path = ActionPath::parse(&full, name).map_err(|error| format!("'{action}': {error}"))?;
        let action = invoker.store.resolve_call(&path, name).map_err(|why| unresolved(&path, &why))?;
        if !matches!(action.exec, Exec::Java { .. }) {
            return Err(format!(
                "/{path} is a {}; only a function can be called from Java",
                action.exec.kind()
            ));
        }
        if action.is_conductor() {
            return Err(format!("/{path} is a conductor; only a function can be called from Java"));
        }
        self.check_way(&action)?;
        let payload = Payload::parse(payload.into())?;
        check_final(&action, &payload)?;
        let callers = Callers { action: Arc::clone(&facts.action), before: facts.callers.clone() };
        let invocation = Invocation {
            action,
            identity: Arc::clone(&facts.identity),
            payload,
            transaction_id: Arc::clone(&facts.transaction_id),
            cause: Some(facts.id),
            callers: Some(Arc::new(callers)),
            keeps_all: false,
        };
        let (tell, end) = mpsc::channel();
        // Not on this thread: it runs a function, and such a thread may make nothing that is the host's.
        self.direct.runtime.spawn(async move {
            if let Err(why) = invoker.begin(invocation, tell.clone()).await {
                // The caller may have gone.
                let _ = tell.send(Told { kind: TellKind::Refused, body: why.into() });
            }
        });
        Ok(end)
    }
}

impl Running {
    /// Not too deep, and to no action that waits for this one.
    fn check_way(&self, called: &Action) -> Result<(), String> {
        let facts = &self.facts;
        let waiting = || successors(facts.callers.as_ref(), |callers| callers.before.as_ref());
        let comes_back =
            called.path == facts.action.path || waiting().any(|callers| callers.action.path == called.path);
        if comes_back {
            return Err(format!(
                "/{} waits for this call: actions must not call one another in a circle",
                called.path
            ));
        }
        // The caller, those that wait for it, and the one that is called.
        let depth = waiting().count() + 2;
        if depth > self.direct.depth_max {
            let max = self.direct.depth_max;
            return Err(format!(
                "{depth} actions would wait for one another; limits.direct-depth-max is {max}"
            ));
        }
        Ok(())
    }
}

impl Invoker {
    async fn begin(self: &Arc<Self>, invocation: Invocation, tell: mpsc::Sender<Told>) -> Result<(), String> {
        let admitted = self.admission.admit_in_turn(&invocation.identity.namespace).await;
        let guard = admitted.map_err(|refused| {
            refused.limit().inspect(|limit| self.metrics.refused(limit));
            refused.to_string()
        })?;
        let pool = self
            .funclets
            .pool(&invocation.action, &invocation.identity)
            .await
            .map_err(|error| format!("/{} cannot be loaded: {error}", invocation.action.path))?;
        let (facts, payload) = Facts::of(invocation, Moment::now());
        let (row, payload) =
            (pool.row(&facts.identity.namespace), payload.merged_over(&facts.action.parameters));
        let call = PendingCall::new(
            facts,
            (*pool.limits(), row, Arc::clone(pool.calls())),
            payload,
            self,
            Some(guard),
            None,
            // The caller may have gone.
            Box::new(move |record, _| drop(tell.send(told(&record)))),
        );
        pool.submit(Box::new(call)).map_err(|(busy, call)| {
            call.withdrawn();
            busy.to_string()
        })
    }
}

fn told(record: &Activation) -> Told {
    let kind = if record.outcome == Outcome::Success { TellKind::Success } else { TellKind::Failed };
    Told { kind, body: record.result.clone() }
}

fn unresolved(path: &ActionPath, why: &Unresolved) -> String {
    match why {
        Unresolved::Missing => format!("/{path} does not exist"),
        Unresolved::OtherCollection => format!("/{path} is no action"),
        Unresolved::Forbidden(what) => format!("{what} may not be used by this namespace"),
    }
}

/// As for a client: what an action has made final is not for its callers.
fn check_final(action: &Action, payload: &Payload) -> Result<(), String> {
    if let Payload::Object(object) = payload
        && action.annotations.is_truthy("final")
        && action.overrides_final(&Members::parse(object)?)
    {
        return Err(format!("the payload sets a parameter that /{} has made final", action.path));
    }
    Ok(())
}
