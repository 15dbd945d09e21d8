//! Making an instance ready ahead of its first call: loaded, initialised and, if its owner says with what, run once.
//!
//! It is a call without a client: it runs on a lane, under the limits of the action, and what it uses is charged to the
//! namespace as use between calls. It leaves no record; what it writes is kept as far as a refusal has to tell it, or, when
//! it is for the hop of a chain that comes next, for the log of that.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use flock_jvm::{Answer, Call, Caller, Head, Meter, Stopped, Stream, Used};
use tokio::sync::oneshot;

use crate::{
    model::{Action, ActivationId, time::now_epoch_millis},
    observe::calls::Calls,
    store::namespaces::Identity,
};

use super::{Funclets, LoadError, Pool, key_of, payer::Payer};

/// The annotation that holds the payload of the run that makes a function warm: a JSON object.
pub const WARM_UP_ANNOTATION: &str = "flock-warm-up";

/// Bytes of output that are kept.
const OUTPUT_MAX_BYTES: usize = 4 << 10;
/// Larger results of a warm-up are cut, and nobody looks at them.
const RESULT_MAX_BYTES: u32 = 1 << 20;

/// Told once: is it ready, or why not.
pub(super) type Told = Box<dyn FnOnce(Result<(), String>) + Send>;

/// A version that was loaded before anybody calls it.
#[derive(Debug)]
pub struct Prepared(Arc<Pool>);

impl Funclets {
    /// Loads and initialises a version that is not in place yet. The inner error is the function's own.
    pub async fn prepare(
        &self,
        action: &Arc<Action>,
        identity: &Identity,
    ) -> Result<Result<Prepared, String>, LoadError> {
        let pool = self.make_pool(action, identity).await?;
        let (tell, told) = oneshot::channel();
        pool.prepare(Box::new(move |end| drop(tell.send(end))))?;
        let end = told.await.map_err(|_| LoadError::Stopping)?;
        if end.is_err() {
            pool.retire();
        }
        Ok(end.map(|()| Prepared(pool)))
    }

    /// Has a prepared version, which is the stored one by now, take the calls.
    pub fn seat(&self, prepared: Prepared) {
        let Prepared(pool) = prepared;
        let key = key_of(pool.action());
        let mut pools = self.pools.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(other) = pools.insert(key, pool) {
            other.retire();
        }
    }

    /// Drops a prepared version that does not come to be used.
    pub fn discard(&self, prepared: &Prepared) {
        prepared.0.retire();
    }
}

impl Pool {
    /// Adds an instance and makes it ready.
    pub(super) fn prepare(self: &Arc<Self>, told: Told) -> Result<(), flock_jvm::JvmError> {
        let payload = self.action().annotations.get(WARM_UP_ANNOTATION).map(ToString::to_string);
        self.start_instance(Box::new(Preparation::new(self, payload, Output::Told(String::new()), told)))
    }

    /// The call that initialises an instance of it; what it writes is for the first call there.
    /// `caller` hears of it when the initialiser calls another action.
    pub(super) fn initialisation(
        &self,
        instance: Meter,
        caller: Arc<dyn Caller>,
        told: Told,
    ) -> Box<dyn Call> {
        let mut preparation = Preparation::new(self, None, Output::Kept(instance), told);
        preparation.caller = Some(caller);
        Box::new(preparation)
    }
}

/// Where the lines go.
enum Output {
    /// Into the words for a failure.
    Told(String),
    /// To the first call of this instance.
    Kept(Meter),
}

struct Preparation {
    id: ActivationId,
    runs: bool,
    payload: String,
    timeout: Duration,
    output: Output,
    payer: Arc<Payer>,
    calls: Arc<Calls>,
    caller: Option<Arc<dyn Caller>>,
    told: Option<Told>,
}

impl Preparation {
    fn new(pool: &Pool, payload: Option<String>, output: Output, told: Told) -> Self {
        Self {
            id: ActivationId::new(),
            runs: payload.is_some(),
            payload: payload.unwrap_or_else(|| "{}".to_owned()),
            timeout: Duration::from_millis(u64::from(pool.limits().timeout_millis)),
            output,
            payer: Arc::clone(&pool.payer),
            calls: Arc::clone(pool.calls()),
            caller: None,
            told: Some(told),
        }
    }

    fn end(&mut self, end: Result<(), String>, used: &Used) {
        self.payer.background(used.effort);
        if let Some(told) = self.told.take() {
            told(end);
        }
    }

    /// Words for a failure, with what the function wrote.
    fn why(&self, message: &str) -> String {
        match &self.output {
            Output::Told(output) if !output.trim_end().is_empty() => {
                format!("{message}\n{}", output.trim_end())
            }
            _ => message.to_owned(),
        }
    }
}

impl Call for Preparation {
    fn head(&self) -> Head<'_> {
        Head {
            activation_id: self.id.to_ascii(),
            deadline_epoch_millis: now_epoch_millis()
                + u64::try_from(self.timeout.as_millis()).unwrap_or(u64::MAX),
            result_limit_bytes: if self.runs { RESULT_MAX_BYTES } else { 0 },
            transaction_id: "",
            api_key: "",
        }
    }

    fn payload(&self) -> &[u8] {
        self.payload.as_bytes()
    }

    fn begin(&mut self, _at: Instant) {}

    fn line(&mut self, stream: Stream, text: &str) {
        match &mut self.output {
            Output::Told(output) if OUTPUT_MAX_BYTES - output.len() > text.len() => {
                output.push_str(text);
                output.push('\n');
            }
            Output::Told(_) => {}
            Output::Kept(instance) => instance.keep_line(stream, text),
        }
    }

    fn done(mut self: Box<Self>, answer: Answer<'_>) {
        use flock_jvm::Status::{ApplicationError, Array, DeveloperError, Exit, InitError, Object};
        if let Some(micros) = answer.init_micros {
            self.calls.initialised(micros);
        }
        let end = match answer.status {
            Object | Array | ApplicationError => Ok(()),
            DeveloperError | InitError | Exit => Err(self.why(&String::from_utf8_lossy(answer.body))),
        };
        self.end(end, &answer.used);
    }

    fn stopped(mut self: Box<Self>, stopped: Stopped) {
        let why = self.why(&format!("it was stopped at its limit: {:?}", stopped.limit));
        self.end(Err(why), &stopped.used);
    }

    fn died(mut self: Box<Self>, used: Used) {
        let why = self.why("its thread ended without an answer");
        self.end(Err(why), &used);
    }

    fn withdrawn(mut self: Box<Self>) {
        self.told = None;
    }

    fn caller(&self) -> Option<Arc<dyn Caller>> {
        self.caller.clone()
    }
}

impl Drop for Preparation {
    /// No lane could be had.
    fn drop(&mut self) {
        self.end(Err("the host has no thread for it".to_owned()), &Used::default());
    }
}
