//! What a call costs inside the host, without HTTP: cold start and warm call.
//!
//! `cold`: from "call admitted" to its answer, with nothing loaded but a lane that waits, as the host keeps some: class
//! loader, class definition, first run.
//! `cold/floor`: the same function in a plain JVM of its own, with no host around it (`ColdFloor.java`).
//! `warm/lane`: a call that another thread hands to a waiting lane. `warm/inline`: the lane finds its next call at once,
//! so this is the cost of the way through JNI, JSON and the function alone. With `FLOCK_BENCH_COUNTING=off` nothing is
//! counted: the difference is what the counting costs.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot go on must fail"
)]

use std::{
    io::{BufRead, BufReader, Lines, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use criterion::{Criterion, criterion_group, criterion_main};
use crossbeam_channel::{Receiver, Sender, bounded};
use flock::{
    config::jdk,
    store::{Store, images::Maker},
};
use flock_jvm::{
    Answer, BootOptions, Call, Counting, Effort, Funclet, FuncletSpec, Head, Image, InstanceLimits, Limit,
    Status, Stopped, Stream, Used, Vm, Waited, Work, jars::Jars,
};

const PAYLOAD: &[u8] =
    br#"{"text":"a payload of about one hundred and thirty bytes, as small calls have","list":[1,2,3],"nested":{"a":true,"b":null}}"#;

struct Echo {
    ended: Sender<Instant>,
}

impl Call for Echo {
    fn head(&self) -> Head<'_> {
        Head {
            activation_id: [b'0'; 32],
            deadline_epoch_millis: u64::MAX,
            result_limit_bytes: 1 << 20,
            transaction_id: "bench",
            api_key: "",
        }
    }
    fn payload(&self) -> &[u8] {
        PAYLOAD
    }
    fn begin(&mut self, _at: Instant) {}
    fn line(&mut self, _: Stream, _: &str) {}
    fn done(self: Box<Self>, answer: Answer<'_>) {
        assert_eq!(answer.status, Status::Object, "{}", String::from_utf8_lossy(answer.body));
        self.ended.send(Instant::now()).unwrap();
    }
    fn stopped(self: Box<Self>, _: Stopped) {}
    fn died(self: Box<Self>, _: Used) {}
    fn withdrawn(self: Box<Self>) {}
}

/// Calls that come through a channel.
struct Queue(Receiver<Box<dyn Call>>);

impl Work for Queue {
    fn next(&self) -> Option<(Box<dyn Call>, Waited)> {
        self.0.recv().ok().map(|call| (call, Waited::Yes))
    }
    fn charge(&self, _: u64) {}
    fn background(&self, _: Effort) {}
    fn answered(&self, _: Status, _: Option<Limit>) {}
    fn ended(&self, _: u64, _: Option<Box<dyn Call>>, _: Used) {}
}

/// A number of calls that are there at once.
struct Burst {
    left: Mutex<u64>,
    ended: Sender<Instant>,
}

impl Work for Burst {
    fn next(&self) -> Option<(Box<dyn Call>, Waited)> {
        let mut left = self.left.lock().unwrap();
        *left = left.checked_sub(1)?;
        Some((Box::new(Echo { ended: self.ended.clone() }), Waited::No))
    }
    fn charge(&self, _: u64) {}
    fn background(&self, _: Effort) {}
    fn answered(&self, _: Status, _: Option<Limit>) {}
    fn ended(&self, _: u64, _: Option<Box<dyn Call>>, _: Used) {}
}

struct Bench {
    vm: Vm,
    echo: (Arc<Image>, FuncletSpec),
    hello: (Arc<Image>, FuncletSpec),
    java: PathBuf,
    gson: PathBuf,
    _folder: tempfile::TempDir,
}

/// A public class, so that its main is found by one look-up. Its answer to a payload without a name is a constant.
const HELLO: &str = "hello.Hello";

fn jar(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../functions/build/jars").join(name)
}

impl Bench {
    fn start() -> Self {
        let is_off = std::env::var("FLOCK_BENCH_COUNTING").is_ok_and(|value| value == "off");
        let counting = if is_off { Counting::Off } else { Counting::On };
        let named = std::env::var_os("FLOCK_TEST_JDK").filter(|jdk| !jdk.is_empty()).map(PathBuf::from);
        let jdk = jdk::find(named.as_deref()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let jars = Jars::lay_out(&folder.path().join("runtime")).unwrap();
        let options = BootOptions {
            jdk: jdk.home.clone(),
            jars: jars.clone(),
            heap_max_mebibytes: None,
            class_memory_max_mebibytes: None,
            heap_young_mebibytes: 64,
            major: jdk.major,
            counting,
            extra: Vec::new(),
        };
        let vm = Vm::boot(&options).unwrap();
        let store = Store::open(&folder.path().join("data"), 1000).unwrap();
        let (java, gson) = (jdk.home.join("bin/java"), jars.gson.clone());
        let maker =
            Maker { jdk, class_path: vec![jars.gson, jars.types, jars.api], rewriter: Arc::new(vm.clone()) };
        let open = |name: &str| {
            let code = store.keep_code(&maker, &std::fs::read(jar(name)).unwrap(), true).unwrap();
            Arc::new(Image::open(&vm, store.map_image(&maker, &code).unwrap()).unwrap())
        };
        let (echo, hello) = (open("echo.jar"), open("hello.jar"));
        let limits = InstanceLimits {
            heap_bytes: 1 << 30,
            threads: 64,
            classes: 1000,
            sockets: 64,
            temp_bytes: 1 << 20,
            allocation_bytes_per_second: 1 << 40,
            namespace: Arc::default(),
        };
        let spec = FuncletSpec {
            name: "/bench/echo".to_owned(),
            main: "Echo".to_owned(),
            env: Vec::new(),
            limits,
            policy: String::new(),
            folders: None,
        };
        let hello = (hello, FuncletSpec { main: HELLO.to_owned(), ..spec.clone() });
        let echo = (echo, spec);
        Self { vm, echo, hello, java, gson, _folder: folder }
    }

    fn load(&self) -> Funclet {
        Funclet::load(&self.vm, &self.echo.0, &self.echo.1).unwrap()
    }

    /// Time from nothing to the first answer, summed over `count` new functions.
    fn cold(&self, count: u64) -> Duration {
        let mut sum = Duration::ZERO;
        for _ in 0..count {
            let (ended, end) = bounded(1);
            let began = Instant::now();
            let funclet = Funclet::load_for_lane(&self.vm, &self.hello.0, &self.hello.1).unwrap();
            let lane = funclet.start_lane(Arc::new(Burst { left: Mutex::new(1), ended })).unwrap();
            sum += end.recv().unwrap() - began;
            while !lane.is_gone() || !lane.is_sole() {
                std::thread::yield_now();
            }
            // As the host does; the next one does not wait for it.
            if self.vm.wants_spares() {
                self.vm.make_spares();
            }
        }
        sum
    }

    fn inline(&self, count: u64) -> Duration {
        let funclet = self.load();
        let (ended, end) = bounded(usize::try_from(count).unwrap() + 1);
        let began = Instant::now();
        let lane = funclet.start_lane(Arc::new(Burst { left: Mutex::new(count), ended })).unwrap();
        let last = end.iter().take(usize::try_from(count).unwrap()).last().unwrap();
        while !lane.is_gone() || !lane.is_sole() {
            std::thread::yield_now();
        }
        last - began
    }
}

/// A JVM that runs `ColdFloor.java`. It ends when this is dropped, with its input.
struct Floor {
    child: Child,
    counts: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Floor {
    fn start(bench: &Bench) -> Self {
        let mut child = Command::new(&bench.java)
            .args(["-XX:+UseG1GC", "-Xmn64m", "-cp"])
            .arg(&bench.gson)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("ColdFloor.java"))
            .arg(jar("hello.jar"))
            .arg(HELLO)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let counts = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, counts, answers }
    }

    fn cold(&mut self, count: u64) -> Duration {
        writeln!(self.counts, "{count}").unwrap();
        Duration::from_nanos(self.answers.next().unwrap().unwrap().parse().unwrap())
    }

    fn end(self) {
        let Self { mut child, counts, .. } = self;
        drop(counts);
        assert!(child.wait().unwrap().success());
    }
}

fn host(criterion: &mut Criterion) {
    let bench = Bench::start();
    bench.inline(50_000);
    let mut floor = Floor::start(&bench);
    criterion.bench_function("host/cold/floor", |bencher| bencher.iter_custom(|count| floor.cold(count)));
    floor.end();
    criterion.bench_function("host/cold", |bencher| bencher.iter_custom(|count| bench.cold(count)));
    criterion.bench_function("host/warm/inline", |bencher| bencher.iter_custom(|count| bench.inline(count)));
    let funclet = bench.load();
    let (calls, queue) = bounded::<Box<dyn Call>>(1);
    let lane = funclet.start_lane(Arc::new(Queue(queue))).unwrap();
    criterion.bench_function("host/warm/lane", |bencher| {
        bencher.iter_custom(|count| {
            let (ended, end) = bounded(1);
            let began = Instant::now();
            for _ in 0..count {
                calls.send(Box::new(Echo { ended: ended.clone() })).unwrap();
                end.recv().unwrap();
            }
            began.elapsed()
        });
    });
    drop(calls);
    while !lane.is_gone() || !lane.is_sole() {
        std::thread::yield_now();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(30).measurement_time(Duration::from_secs(6));
    targets = host
}
criterion_main!(benches);
