//! `flockd serve`: puts the rooms together, serves, and ends in order.

use std::{
    path::Path,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use flock::{
    api::{
        Host,
        alarms::clock,
        holds::{CODE_ANSWERS, DEPLOYMENTS, Holds},
        server::Server,
        system,
    },
    chain::{self, Chains},
    config::{
        Config,
        jdk::{self, Jdk},
    },
    funclets::{Funclets, Settings, Warmer},
    invoke::{
        Invoker,
        admission::{Admission, rate::Rate},
        bill::Bill,
        direct::Direct,
    },
    model::time::now_epoch_millis,
    observe::{ledger::Ledger, logging, metrics::Metrics},
    reactor::Reactors,
    store::{Store, holdings::Bounds, images::Maker, makers::Makers},
    supervise::{
        self, Watchdog,
        ebb::{Ebb, Seen},
    },
};
use flock_jvm::{
    BootOptions, Counting, Vm,
    jars::{self, Jars},
};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};

/// How often keys that were changed by `flockd keys` are looked for.
const KEYS_EVERY: Duration = Duration::from_secs(1);
/// Threads that answer what is no call of a function: while one of them waits for the store, another goes on.
const API_THREADS: usize = 2;
/// The beat of what follows.
const BOOKS_EVERY: Duration = Duration::from_secs(1);
/// How often the pace of functions is measured.
const LOOK_TICKS: u32 = 2;
/// How often usage is written down: a host that is killed loses at most this.
const WRITE_TICKS: u32 = 5;
/// How often the clocks of all threads are read.
const THREADS_TICKS: u32 = 10;
/// How often old usage is deleted and minutes are put together.
const USAGE_EXPIRE_TICKS: u32 = 600;
/// How often it is looked whether the instances that are kept ready are there.
const READY_EVERY: Duration = Duration::from_secs(1);
/// How often old records are deleted.
const EXPIRE_EVERY: Duration = Duration::from_secs(600);

pub(crate) fn serve(config: Config) -> Result<(), String> {
    flock_jvm::memory::bound_arenas();
    logging::start(config.log_format, &config.log_filter)?;
    let jdk = jdk::find(config.jdk.as_deref()).map_err(|error| error.to_string())?;
    let store = Store::open(&config.data, config.records_queue_max).map_err(|error| error.to_string())?;
    let began = Instant::now();
    let jars = Jars::lay_out(&config.data.join("runtime"))
        .map_err(|error| format!("the shim cannot be written to the data directory: {error}"))?;
    let vm = boot(&config, &jdk, &jars)?;
    tracing::info!(jdk = %jdk.version, home = %jdk.home.display(), millis = began.elapsed().as_millis(), "the JVM runs");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(API_THREADS)
        .max_blocking_threads(16)
        .thread_name("http-api")
        .enable_all()
        .build()
        .map_err(|error| format!("the threads of the API cannot be started: {error}"))?;
    let done = runtime.block_on(run(config, jdk, store, vm, jars));
    if let Err(why) = &done {
        eprintln!("flockd: {why}");
    }
    flock_jvm::leave(i32::from(done.is_err()))
}

fn boot(config: &Config, jdk: &Jdk, jars: &Jars) -> Result<Vm, String> {
    Vm::boot(&BootOptions {
        jdk: jdk.home.clone(),
        jars: jars.clone(),
        heap_max_mebibytes: config.jvm_heap_max_mebibytes,
        class_memory_max_mebibytes: config.jvm_class_memory_max_mebibytes,
        heap_young_mebibytes: config.jvm_heap_young_mebibytes,
        major: jdk.major,
        counting: if config.usage_counting { Counting::On } else { Counting::Off },
        extra: config.jvm_options.clone(),
    })
    .map_err(|error| error.to_string())
}

async fn run(config: Config, jdk: Jdk, store: Arc<Store>, vm: Vm, jars: Jars) -> Result<(), String> {
    // Before anybody is told that the host is there: a signal that comes at once must end it in order, too.
    let mut signals = Signals::listen()?;
    let server = Server::bind(config.listen)
        .map_err(|error| format!("cannot listen on {}: {error}", config.listen))?;
    let api_host = format!("http://{}", server.address());
    let credentials = store.ensure_default_key(config.dev, &api_host).map_err(|error| error.to_string())?;
    system::seat(&store, jars::UTILS, config.action_limits.defaults()).map_err(|error| error.to_string())?;
    let of_reactors = vm.clone();
    // Later, a function could hold what the JDK needs for it.
    let attach = move || {
        if let Err(error) = of_reactors.attach() {
            tracing::error!(%error, "a thread that drives connections cannot reach the JVM");
        }
    };
    let reactors = Reactors::start(config.http_workers, attach)
        .map_err(|error| format!("the HTTP threads cannot be started: {error}"))?;
    let host = assemble(config, &jdk, Arc::clone(&store), vm, jars, (api_host.clone(), reactors.clone()))?;
    host.apply_quotas().await.map_err(|error| error.to_string())?;
    let (stop, stopping) = watch::channel(false);
    host.is_ready.store(true, Ordering::Release);
    let serving = server.serve(Arc::clone(&host), reactors, stopping);
    tokio::spawn(keep_house(Arc::clone(&host)));
    tokio::spawn(keep_books(Arc::clone(&host)));
    tokio::spawn(clock::run(Arc::clone(&host)));
    tokio::spawn(keep_ready(Arc::clone(&host)));
    tokio::spawn(keep_room(Arc::clone(&host)));
    println!("listening on {api_host}");
    println!("JDK {} in {}", jdk.version, jdk.home.display());
    println!("credentials in {}", absolute(&credentials));
    signals.next().await;
    tracing::info!(in_flight = host.invoker.admission.in_flight(), "stopping: what runs may end");
    tokio::spawn(async move {
        signals.next().await;
        tracing::warn!("a second signal: ending at once");
        flock_jvm::leave(130);
    });
    host.is_ready.store(false, Ordering::Release);
    host.store.feed.close();
    // Nobody listens for it when the server has already failed.
    let _ = stop.send(true);
    drain(&host).await;
    if tokio::time::timeout(Duration::from_secs(3), serving).await.is_err() {
        tracing::warn!("some connections did not end");
    }
    host.invoker.funclets.settle();
    host.book_usage().await.map_err(|error| error.to_string())?;
    store.settled().await.map_err(|error| error.to_string())?;
    tracing::info!("stopped");
    Ok(())
}

fn assemble(
    config: Config,
    jdk: &Jdk,
    store: Arc<Store>,
    vm: Vm,
    jars: Jars,
    (api_host, reactors): (String, Reactors),
) -> Result<Arc<Host>, String> {
    let settings = supervise::Settings {
        background_cpu: config.background_cpu,
        young_bytes: u64::from(config.jvm_heap_young_mebibytes) << 20,
        namespace_heap_bytes: config.namespace_heap_mebibytes.map(|mebibytes| u64::from(mebibytes) << 20),
        namespace_threads: config.namespace_threads,
    };
    let watchdog = Watchdog::start(&vm, settings).map_err(|error| error.to_string())?;
    let admission = Arc::new(Admission::new(
        config.invocations_per_minute,
        config.concurrent_invocations,
        config.namespace_cpu,
    ));
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let ledger = Arc::new(Ledger::new(config.metrics_series_max));
    let settings = Settings {
        lane_idle: config.lane_idle,
        queue_max_calls: config.queue_max_calls,
        chain_lanes_max: config.chain_lanes_max,
        eager_lanes: 2 * cores,
        loaded_max: config.loaded_max,
        prewarm_namespace_max: config.prewarm_namespace_max,
        isolation: config.isolation.clone(),
        folders: super::folders::prepare(&config.data, &config.isolation)?.into(),
        api_host,
        limits: config.action_limits,
        bill: Arc::new(Bill { admission: Arc::clone(&admission) }),
        ledger: Arc::clone(&ledger),
        reactors,
    };
    let class_path = vec![jars.gson, jars.types, jars.api];
    let maker = Maker { jdk: jdk.clone(), class_path, rewriter: Arc::new(vm.clone()) };
    let metrics = Arc::new(Metrics::new(Arc::clone(&ledger)));
    let invoker = Arc::new(Invoker {
        funclets: Funclets::new(vm, Arc::clone(&store), maker, settings, watchdog),
        store: Arc::clone(&store),
        admission,
        metrics: Arc::clone(&metrics),
        result_max_bytes: config.result_max_bytes,
        direct: Direct::new(
            tokio::runtime::Handle::current(),
            config.direct_depth_max,
            config.payload_max_bytes,
        ),
    });
    invoker.direct.tie(&invoker);
    Ok(Arc::new(Host {
        chains: Chains::new(
            Arc::clone(&invoker),
            tokio::runtime::Handle::current(),
            chain::Limits { length_max: config.sequence_length_max, hops_max: config.chain_hops_max },
            config.records_hops.clone(),
        ),
        store,
        invoker,
        alarms: tokio::sync::Notify::new(),
        fires: Rate::new(config.fires_per_minute),
        metrics,
        is_ready: false.into(),
        writing: tokio::sync::Mutex::new(()),
        booking: tokio::sync::Mutex::new(()),
        makers: Makers::default(),
        deployments: Holds::new(DEPLOYMENTS, config.deployments_max_bytes, config.deployments_max),
        code_answers: Holds::new(CODE_ANSWERS, config.code_answers_max_bytes, config.http_connections_max),
        java_version: jdk.version.clone(),
        config,
    }))
}

/// Lets idle functions go when the heap gets full.
async fn keep_room(host: Arc<Host>) {
    host.invoker.funclets.keep_room().await;
}

/// Keeps functions ready whose owners want it.
async fn keep_ready(host: Arc<Host>) {
    let funclets = &host.invoker.funclets;
    let mut warmer = Warmer::default();
    let mut ticks = tokio::time::interval(READY_EVERY);
    loop {
        ticks.tick().await;
        warmer.look(funclets).await;
    }
}

/// Waits for what runs, or for the time that the operator gives it.
async fn drain(host: &Host) {
    let deadline = Instant::now() + host.config.drain_timeout;
    while host.invoker.admission.in_flight() > 0 && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    host.invoker.admission.close();
    let left = host.invoker.admission.in_flight();
    if left > 0 {
        tracing::warn!(
            left,
            "the time to stop is over; accepted invocations that still run are reported as lost at the next start"
        );
    }
}

/// Asks the JVM how it is, has memory given back, notices changed keys, deletes unused code and old records.
async fn keep_house(host: Arc<Host>) {
    let mut expired = None::<Instant>;
    let mut ebb = Ebb::new(host.invoker.funclets.watchdog().has_woven(), Instant::now());
    loop {
        tokio::time::sleep(KEYS_EVERY).await;
        let watchdog = host.invoker.funclets.watchdog();
        watchdog.refresh_jvm_state();
        let seen = Seen {
            lanes: watchdog.lane_count(),
            in_flight: host.invoker.admission.in_flight(),
            loaded: watchdog.loaded_count(),
            deployed: host.store.images_made(),
        };
        if ebb.has_come(seen, Instant::now()) {
            watchdog.give_back();
        }
        let store = Arc::clone(&host.store);
        match tokio::task::spawn_blocking(move || store.refresh_keys()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the keys cannot be read"),
            Err(_) => return,
        }
        if let Err(error) = host.apply_quotas().await {
            tracing::warn!(%error, "the limits of namespaces cannot be read");
        }
        let writing = host.writing.lock().await;
        let store = Arc::clone(&host.store);
        if tokio::task::spawn_blocking(move || store.drop_unused_code()).await.is_err() {
            return;
        }
        drop(writing);
        if expired.is_none_or(|then| then.elapsed() >= EXPIRE_EVERY) {
            expired = Some(Instant::now());
            let age_millis = u64::try_from(host.config.records_retention.as_millis()).unwrap_or(u64::MAX);
            host.store.keep_records(Bounds {
                before_epoch_millis: now_epoch_millis().saturating_sub(age_millis),
                max_count: host.config.records_max_count,
                max_bytes: host.config.records_max_bytes,
            });
        }
    }
}

/// Measures the pace of functions, writes down what they used, and lets old usage go.
async fn keep_books(host: Arc<Host>) {
    let mut ticks = 0_u32;
    loop {
        tokio::time::sleep(BOOKS_EVERY).await;
        ticks = ticks.wrapping_add(1);
        if ticks.is_multiple_of(LOOK_TICKS) {
            host.metrics.ledger.look(Instant::now());
        }
        if ticks.is_multiple_of(WRITE_TICKS)
            && let Err(error) = host.book_usage().await
        {
            tracing::warn!(%error, "usage was not written down");
        }
        if ticks.is_multiple_of(THREADS_TICKS)
            && let Err(error) = host.metrics.overhead.look()
        {
            tracing::warn!(%error, "the clocks of the threads cannot be read");
        }
        if ticks.is_multiple_of(USAGE_EXPIRE_TICKS) {
            let keep_minutes = host.config.usage_retention.as_secs() / 60;
            if let Err(error) = host.store.expire_usage(now_epoch_millis() / 60_000, keep_minutes).await {
                tracing::warn!(%error, "old usage was not deleted");
            }
        }
    }
}

/// The signals that stop the host.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> Result<Self, String> {
        let listen = |kind| signal(kind).map_err(|error| format!("signals cannot be heard: {error}"));
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}
