//! An invocation, from an action and a payload to its record.
//!
//! Admission (rate, calls in flight) comes first, then the function's pool, then the lane. The call itself
//! (`call::PendingCall`) makes the record and hands it to the store, wherever it ends; whoever waits for it gets the
//! same record. So a client that has gone, or a wait that is over, loses nothing.

pub mod admission;
pub mod bill;
mod breach;
pub mod call;
pub mod direct;
mod logs;
pub mod payload;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use flock_jvm::Call;
use tokio::sync::oneshot;

use crate::{
    funclets::{Busy, Funclets, LoadError, Pool},
    model::{Action, Activation, ActivationId, time::Moment},
    observe::metrics::Metrics,
    store::{Store, StoreError, namespaces::Identity},
};

use admission::{Admission, InFlight, Refused};
use call::{Ended, Facts, HopTerms, PendingCall};
use direct::{Callers, Direct};
use payload::Payload;

/// Why an invocation does not happen. None of these leaves a record.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// Over a limit of the namespace.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Too many calls of the action wait.
    #[error("Too many concurrent requests in flight (count: {}, allowed: {}).", .0.waiting, .0.limit)]
    Busy(Busy),
    /// The function cannot be made ready, by a fault of the host.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// It could not be made durable.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An invocation.
#[derive(Debug)]
pub struct Invocation {
    /// The action version to run.
    pub action: Arc<Action>,
    /// Who calls.
    pub identity: Arc<Identity>,
    /// The client's payload; the action's parameters are not merged yet.
    pub payload: Payload,
    /// The transaction id of the request.
    pub transaction_id: Arc<str>,
    /// The sequence that this is a hop of, or the activation that has made this call from Java.
    pub cause: Option<ActivationId>,
    /// Who called whom from Java until here.
    pub callers: Option<Arc<Callers>>,
    /// The client wants the records of all hops to be kept, whatever else is said.
    pub keeps_all: bool,
}

/// What a client is told.
#[derive(Debug)]
pub enum Reply {
    /// The activation has ended.
    Ended(Arc<Activation>),
    /// It is durable and runs, or will.
    Accepted(ActivationId),
}

/// Runs functions.
#[derive(Debug)]
pub struct Invoker {
    /// The loaded functions.
    pub funclets: Funclets,
    /// Where records go.
    pub store: Arc<Store>,
    /// Who may call how much.
    pub admission: Arc<Admission>,
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// Largest result.
    pub result_max_bytes: u32,
    /// How calls from Java are made.
    pub direct: Direct,
}

/// A call on its way.
#[derive(Debug)]
pub struct Started {
    /// Its id.
    pub id: ActivationId,
    facts: Arc<Facts>,
    ended: oneshot::Receiver<Arc<Activation>>,
}

impl Started {
    /// The record, when the call has ended.
    pub async fn ended(self) -> Arc<Activation> {
        match self.ended.await {
            Ok(activation) => activation,
            // The call hands over a record wherever it ends, also when it is dropped; this is for completeness.
            Err(_) => Arc::new(self.facts.lost("The host lost the activation.")),
        }
    }
}

impl Invoker {
    /// Runs an action and waits for its end.
    pub async fn invoke_blocking(
        self: &Arc<Self>,
        invocation: Invocation,
        wait: Duration,
    ) -> Result<Reply, InvokeError> {
        let guard = self.admission.admit_in_turn(&invocation.identity.namespace).await?;
        let (facts, payload) = Facts::of(invocation, Moment::now());
        let mut started = self.start(facts, &payload, guard).await?;
        match tokio::time::timeout(wait, &mut started.ended).await {
            Ok(Ok(activation)) => Ok(Reply::Ended(activation)),
            Ok(Err(_)) => Ok(Reply::Ended(Arc::new(started.facts.lost("The host lost the activation.")))),
            Err(_) => {
                // Before it is written: a call that ends meanwhile then takes it out again.
                started.facts.mark_accepted();
                self.store.accept(started.facts.lost(LOST_BY_RESTART)).await?;
                Ok(Reply::Accepted(started.id))
            }
        }
    }

    /// Makes an invocation durable, and runs it.
    pub async fn invoke_accepted(self: &Arc<Self>, invocation: Invocation) -> Result<Reply, InvokeError> {
        let guard = self.admission.admit_in_turn(&invocation.identity.namespace).await?;
        let (facts, payload) = Facts::of(invocation, Moment::now());
        let (id, if_lost) = (facts.id, facts.lost(LOST_BY_RESTART));
        facts.mark_accepted();
        let invoker = Arc::clone(self);
        let start = async move { invoker.start(facts, &payload, guard).await.map(drop) };
        self.store.accept_and(if_lost, start).await?;
        Ok(Reply::Accepted(id))
    }

    /// The call of a hop of a sequence, which was admitted as a whole. `payload` is what the hop gets, its parameters
    /// merged in, or those alone for a value that is on the lane already.
    pub fn hop(
        self: &Arc<Self>,
        invocation: Invocation,
        pool: &Pool,
        payload: Bytes,
        terms: HopTerms,
        ended: Ended,
    ) -> Box<dyn Call> {
        let row = pool.row(&invocation.identity.namespace);
        let (facts, _) = Facts::of(invocation, terms.since);
        Box::new(PendingCall::new(
            facts,
            (*pool.limits(), row, Arc::clone(pool.calls())),
            payload,
            self,
            None,
            Some(terms),
            ended,
        ))
    }

    async fn start(
        self: &Arc<Self>,
        facts: Arc<Facts>,
        payload: &Payload,
        guard: InFlight,
    ) -> Result<Started, InvokeError> {
        let pool = self.funclets.pool(&facts.action, &facts.identity).await?;
        let payload = payload.merged_over(&facts.action.parameters);
        let (reply, ended) = oneshot::channel();
        let call = PendingCall::new(
            Arc::clone(&facts),
            (*pool.limits(), pool.row(&facts.identity.namespace), Arc::clone(pool.calls())),
            payload,
            self,
            Some(guard),
            None,
            // The client may have gone.
            Box::new(|record, _| drop(reply.send(record))),
        );
        if let Err((busy, call)) = pool.submit(Box::new(call)) {
            call.withdrawn();
            return Err(InvokeError::Busy(busy));
        }
        Ok(Started { id: facts.id, facts, ended })
    }
}

/// What the record of an accepted invocation says when the host dies before it ends.
pub const LOST_BY_RESTART: &str =
    "The host was restarted before the activation ended; whether the action ran is not known.";
