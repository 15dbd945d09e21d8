//! Starts the JVM in this process and gives a [`Vm`], the one way to reach it.
//!
//! There is one JVM in a process and it cannot be started twice. It runs on a thread of its own with a large stack,
//! because the first thread of a process has no guard pages. Signals stay the host's (`-Xrs`).

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use jni::{
    Env, InitArgsBuilder, JNIVersion, JavaVM, jni_sig, jni_str,
    objects::{JClass, JObject},
    refs::Global,
};

use crate::{
    JvmError, account, agent, clock,
    gate::{self, Kept, Put},
    image,
    jars::{self, Jars},
    known, lane, marks, natives, stop,
    woven::Key,
};

/// From this release on there is no security manager, and native access can be denied.
const FIRST_WITHOUT_SECURITY_MANAGER: u32 = 24;

/// Without the first the heap is never smaller than what is live and a whole young generation, and regions that were used
/// once stay with the process. With it a full collection in a small host would leave less than a young generation free, so
/// more than the JVM's usual 70 % may be.
const SHRINKABLE: [&str; 2] = ["-XX:MinHeapSize=8m", "-XX:MaxHeapFreeRatio=85"];

/// How the JVM is started.
#[derive(Debug, Clone)]
pub struct BootOptions {
    /// The JDK's folder: it holds `lib/server/libjvm.so`.
    pub jdk: PathBuf,
    /// The shim.
    pub jars: Jars,
    /// Largest Java heap; none: the JVM's own choice (a quarter of the memory).
    pub heap_max_mebibytes: Option<u32>,
    /// Largest memory for classes; none: a quarter of the memory.
    pub class_memory_max_mebibytes: Option<u32>,
    /// Size of the young generation. A small fixed one keeps pauses and overshoot small.
    pub heap_young_mebibytes: u32,
    /// Major version of the JDK.
    pub major: u32,
    /// Whether the use of functions is counted.
    pub counting: Counting,
    /// Further options, as on the command line of `java`.
    pub extra: Vec<String>,
}

/// Whether the use of functions is counted. Without that only their time is limited: for measuring what it costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// As it should be.
    On,
    /// Nothing but time.
    Off,
}

/// Why the JVM did not start.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    /// The JDK folder lacks the library.
    #[error("{0} is missing: this is no JDK, or one without the server JVM; point --jdk at a JDK 17 to 25")]
    NoLibrary(PathBuf),
    /// `JNI_CreateJavaVM` failed.
    #[error("the JVM did not start: {0}. Its own message is above, on standard error")]
    Create(String),
    /// The shim did not start.
    #[error("the JVM started but Flock's shim did not: {0}")]
    Shim(#[from] JvmError),
    /// The thread for it could not be made.
    #[error("no thread for the JVM: {0}")]
    Thread(#[from] std::io::Error),
}

/// The JVM. Cheap to clone.
#[derive(Clone)]
pub struct Vm {
    java: JavaVM,
    shim: Arc<Shim>,
}

/// The shim's entry points.
pub(crate) struct Shim {
    heap_max_bytes: u64,
    has_woven: bool,
    pub(crate) class: Global<JClass<'static>>,
    pub(crate) stop_error: Global<JObject<'static>>,
}

impl std::fmt::Debug for Vm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vm")
    }
}

impl Vm {
    /// Starts the JVM and the shim. To be called once in a process.
    pub fn boot(options: &BootOptions) -> Result<Self, BootError> {
        const STACK_BYTES: usize = 8 << 20;
        let library = options.jdk.join("lib/server/libjvm.so");
        if !library.is_file() {
            return Err(BootError::NoLibrary(library));
        }
        let lines = command_line(options);
        let kept = kept(options);
        let counting = options.counting;
        let young_bytes = u64::from(options.heap_young_mebibytes) << 20;
        let thread = std::thread::Builder::new()
            .name("jvm-boot".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || start(&library, &lines, kept.as_ref(), counting, young_bytes))?;
        thread.join().unwrap_or_else(|_| Err(BootError::Create("its thread panicked".to_owned())))
    }

    /// Attaches the calling thread to the JVM for the rest of its life. A thread that will drop lanes or functions must
    /// be attached.
    pub fn attach(&self) -> Result<(), JvmError> {
        self.attached(|_, _| Ok(()))
    }

    /// The largest that the Java heap can be.
    pub fn heap_max_bytes(&self) -> u64 {
        self.shim.heap_max_bytes
    }

    /// Has this start woven the JDK's classes? A later one takes what it kept, and has less in its heap.
    pub fn has_woven(&self) -> bool {
        self.shim.has_woven
    }

    /// Collects the whole heap and waits until the JVM has reported what it freed: the live heap of every funclet is
    /// right then, and images that were let go are no longer mapped. False: that is not certain (see `marks`). Everybody
    /// waits for the collection itself.
    pub fn collect(&self) -> Result<bool, JvmError> {
        const SETTLED: Duration = Duration::from_millis(1);
        const SETTLING_MAX: Duration = Duration::from_millis(100);
        const TRIES: usize = 4;
        for _ in 0..TRIES {
            let will_be_known = self.attached(|env, _| {
                let are_let_go = marks::let_go(env);
                let before = known::full_collections(env);
                agent::collect(env);
                let is_full = known::full_collections(env) > before;
                if is_full {
                    marks::grow_old();
                }
                Ok(is_full && are_let_go)
            })?;
            image::sweep(self);
            let began = Instant::now();
            let mut freed = account::freed_objects();
            while began.elapsed() < SETTLING_MAX {
                std::thread::sleep(SETTLED);
                let now = account::freed_objects();
                if now == freed && marks::are_freed() && !agent::is_reporting() {
                    if will_be_known {
                        return Ok(true);
                    }
                    break;
                }
                freed = now;
            }
        }
        Ok(false)
    }

    /// What the JVM says of itself. Runs a little Java on the calling thread.
    pub fn state(&self) -> Result<known::State, JvmError> {
        self.attached(|env, _| env.with_local_frame(8, known::state))
    }

    /// Funclets that were loaded since the start.
    pub fn loaded_funclets(&self) -> u64 {
        crate::funclet::loaded()
    }

    /// Funclets that were dropped since the start. A young collection does not unload their classes, a full one does.
    pub fn dropped_funclets(&self) -> u64 {
        crate::funclet::dropped()
    }

    /// Dropped funclets whose loader has survived a full collection and that are to be looked at after the next.
    pub fn suspected_leaks(&self) -> usize {
        crate::leaks::suspects()
    }

    /// Has a funclet gone over its heap limit since this was asked last, with garbage counted?
    pub fn take_heap_suspicion(&self) -> bool {
        account::take_suspicion()
    }

    /// The same for work of the host that must not fail because a function has filled the heap: who holds the most is
    /// being stopped meanwhile, so it is tried again after a collection.
    pub(crate) fn attached_with_memory<T>(
        &self,
        mut work: impl FnMut(&mut Env<'_>, &Shim) -> Result<T, jni::errors::Error>,
    ) -> Result<T, JvmError> {
        const TRIES: u32 = 8;
        const PAUSE: Duration = Duration::from_millis(25);
        for tried in 1..TRIES {
            match self.attached(&mut work) {
                Err(error) if error.is_out_of_memory() => {
                    tracing::warn!(%error, tried, "the heap is full; the host tries again");
                    std::thread::sleep(PAUSE);
                    self.attached(|env, _| Ok(agent::collect(env)))?;
                }
                done => return done,
            }
        }
        self.attached(work)
    }

    /// Runs `work` with the calling thread attached. A thread stays attached once it was.
    pub(crate) fn attached<T>(
        &self,
        work: impl FnOnce(&mut Env<'_>, &Shim) -> Result<T, jni::errors::Error>,
    ) -> Result<T, JvmError> {
        if lane::is_lent() {
            return Err(JvmError::Lent);
        }
        Ok(self.java.attach_current_thread(|env| work(env, &self.shim))?)
    }
}

/// Ends the process without the exit handlers of the C library: they would tear the JVM down under threads that still
/// run Java. What must be kept has to be written before.
pub fn leave(code: i32) -> ! {
    use std::io::Write;
    // Nothing can be done about a closed pipe here.
    let _ = std::io::stdout().flush();
    // SAFETY: _exit ends the process at once and touches no memory of ours.
    unsafe { libc::_exit(code) }
}

/// The machine code that takes the place of these methods looks for no safepoint, and its time grows with the product of two lengths
/// that a function chooses: while one thread searches a large text, all others would wait for it, for hours if it wills. The methods
/// are compiled from their Java code instead, which can be stopped.
///
/// Others take time by the length of an array (to copy, fill, compare it), and a counted loop looks for a safepoint after so many turns: after the
/// JVM's usual 1,000, copies of 50 MB held all threads up for 7 to 14 seconds, after 10 for a twentieth of one. A digest of one array
/// is machine code from its first block to its last (1.4 s for 440 MB); without that it is so for a block.
const NEVER_OUT_OF_REACH: [&str; 5] = [
    "-XX:+UnlockDiagnosticVMOptions",
    "-XX:DisableIntrinsic=_indexOfL,_indexOfU,_indexOfUL,_indexOfIL,_indexOfIU,_indexOfIUL,_digestBase_implCompressMB",
    "-XX:-UseMultiplyToLenIntrinsic",
    "-XX:-UseSquareToLenIntrinsic",
    "-XX:LoopStripMiningIter=10",
];

/// The options of the JVM, one a line.
fn command_line(options: &BootOptions) -> Vec<String> {
    let jars = &options.jars;
    let show = |path: &Path| path.display().to_string();
    let mut lines = vec![
        "-agentlib:flock".to_owned(),
        // Types are beside the gate, because a class that functions see must not lead them to the shim's class loader.
        format!("-Xbootclasspath/a:{}:{}:{}", show(&jars.boot), show(&jars.gson), show(&jars.types)),
        format!("-Djava.class.path={}", show(&jars.shim)),
        "-Djava.awt.headless=true".to_owned(),
        "-Dfile.encoding=UTF-8".to_owned(),
        "-Xrs".to_owned(),
        "-XX:-UsePerfData".to_owned(),
        "-XX:+DisableAttachMechanism".to_owned(),
        "-XX:+UseG1GC".to_owned(),
        format!("-Xmn{}m", options.heap_young_mebibytes),
    ];
    // Without a bound the kernel would end the process where a function can be stopped.
    let class_memory = options.class_memory_max_mebibytes.map_or_else(quarter_of_memory_mebibytes, u64::from);
    lines.push(format!("-XX:MaxMetaspaceSize={class_memory}m"));
    lines.extend(SHRINKABLE.map(str::to_owned));
    lines.extend(NEVER_OUT_OF_REACH.map(str::to_owned));
    if let Some(mebibytes) = options.heap_max_mebibytes {
        lines.push(format!("-Xmx{mebibytes}m"));
    }
    if options.major >= 25 {
        // Each virtual thread is then a thread of the kernel, with a CPU clock of its own, that can be stopped.
        lines.push("-XX:+UnlockExperimentalVMOptions".to_owned());
        lines.push("-XX:-VMContinuations".to_owned());
        lines.push("-XX:+UseCompactObjectHeaders".to_owned());
    }
    if options.major < FIRST_WITHOUT_SECURITY_MANAGER {
        // A function could put one up that watches all others.
        lines.push("-Djava.security.manager=disallow".to_owned());
    } else {
        // Native code by the foreign function interface, System.load and the like; the host's own is registered by JNI.
        lines.push("--illegal-native-access=deny".to_owned());
    }
    lines.extend(options.extra.iter().cloned());
    lines
}

/// A quarter of what the machine has, or of what the control group may use; never so little that the host itself has no room.
fn quarter_of_memory_mebibytes() -> u64 {
    const LEAST_MEBIBYTES: u64 = 256;
    // SAFETY: both calls read a number that the C library keeps.
    let (pages, page_bytes) =
        unsafe { (libc::sysconf(libc::_SC_PHYS_PAGES), libc::sysconf(libc::_SC_PAGESIZE)) };
    let machine = u64::try_from(pages).unwrap_or(0).saturating_mul(u64::try_from(page_bytes).unwrap_or(0));
    let group =
        std::fs::read_to_string("/sys/fs/cgroup/memory.max").ok().and_then(|text| text.trim().parse().ok());
    ((machine.min(group.unwrap_or(u64::MAX)) >> 20) / 4).max(LEAST_MEBIBYTES)
}

/// Where the JDK's woven classes are kept; none where their key cannot be told.
fn kept(options: &BootOptions) -> Option<Kept> {
    match Key::of(&options.jdk, &options.extra, &jars::WOVEN_BY) {
        Ok(key) => Some(Kept { path: options.jars.woven.clone(), key }),
        Err(error) => {
            tracing::warn!(%error, "woven classes are not kept: the JDK's files cannot be looked at");
            None
        }
    }
}

fn start(
    library: &Path,
    lines: &[String],
    kept: Option<&Kept>,
    counting: Counting,
    young_bytes: u64,
) -> Result<Vm, BootError> {
    let mut arguments = InitArgsBuilder::new().version(JNIVersion::V1_8).ignore_unrecognized(false);
    for line in lines {
        arguments = arguments.option(line);
    }
    let arguments = arguments.build().map_err(|error| BootError::Create(error.to_string()))?;
    let java = JavaVM::with_libjvm(arguments, || Ok(library))
        .map_err(|error| BootError::Create(error.to_string()))?;
    let shim = java
        .attach_current_thread_for_scope(|env| -> Result<_, JvmError> {
            let put = gate::put(env, kept)?;
            natives::register(env)?;
            stop::prepare_nudge();
            known::learn(env)?;
            clock::learn();
            let class = env.find_class(jni_str!("flock/shim/Shim"))?;
            env.call_static_method(&class, jni_str!("start"), jni_sig!("()V"), &[])?;
            let stop_error = env
                .call_static_method(&class, jni_str!("stopError"), jni_sig!("()Ljava/lang/Error;"), &[])?
                .l()?;
            let heap_max_bytes = heap_max_bytes(env)?;
            if counting == Counting::On && !agent::listen(env, heap_max_bytes, young_bytes) {
                return Err(JvmError::NoEvents);
            }
            Ok(Shim {
                heap_max_bytes,
                has_woven: put == Put::Woven,
                class: env.new_global_ref(class)?,
                stop_error: env.new_global_ref(stop_error)?,
            })
        })
        .map_err(BootError::Shim)?;
    Ok(Vm { java, shim: Arc::new(shim) })
}

fn heap_max_bytes(env: &mut Env<'_>) -> Result<u64, JvmError> {
    let class = jni_str!("java/lang/Runtime");
    let runtime =
        env.call_static_method(class, jni_str!("getRuntime"), jni_sig!("()Ljava/lang/Runtime;"), &[])?.l()?;
    let bytes = env.call_method(runtime, jni_str!("maxMemory"), jni_sig!("()J"), &[])?.j()?;
    Ok(u64::try_from(bytes).unwrap_or(u64::MAX))
}
