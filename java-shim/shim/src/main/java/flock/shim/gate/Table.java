package flock.shim.gate;

import static flock.shim.gate.Kind.AFTER;
import static flock.shim.gate.Kind.AFTER_WITH_ARGUMENTS;
import static flock.shim.gate.Kind.ANSWER;
import static flock.shim.gate.Kind.CLASS_FILE;
import static flock.shim.gate.Kind.GUARD;
import static flock.shim.gate.Kind.RECEIVER;
import static flock.shim.gate.Kind.REPLACE;

import java.util.ArrayList;
import java.util.List;

/**
 * The whole gate: which JDK method asks which hook. A new rule is a row here and a method in flock.boot.
 *
 * Each class in the table costs start-up time, for it is transformed once when the JVM starts; a row more in a class
 * that is here already costs next to nothing. A row that matches no method of the running JDK stops the start.
 */
final class Table {
    private static final String OBJECT = "Ljava/lang/Object;";
    private static final String TEXT = "Ljava/lang/String;";
    private static final String ERROR = "Ljava/lang/Throwable;";
    private static final String UNIT = "Ljava/util/concurrent/TimeUnit;";
    private static final String EXECUTOR = "Ljava/util/concurrent/Executor;";
    private static final String GROUP = "Ljava/nio/channels/AsynchronousChannelGroup;";
    private static final String SERVICE = "Ljava/util/concurrent/ExecutorService;";
    private static final String DOMAIN = "Ljava/security/ProtectionDomain;";
    private static final String OPTIONS = "[Ljava/lang/invoke/MethodHandles$Lookup$ClassOption;";
    private static final String PATH = "Ljava/nio/file/Path;";
    private static final String UNIX_PATH = "Lsun/nio/fs/UnixPath;";
    private static final String CHANNEL_FLAGS = "Lsun/nio/fs/UnixChannelFactory$Flags;";
    private static final String FOLDER_FILTER = "Ljava/nio/file/DirectoryStream$Filter;";
    private static final String SET = "Ljava/util/Set;";
    private static final String ATTRIBUTES = "[Ljava/nio/file/attribute/FileAttribute;";
    private static final String COPY_OPTIONS = "[Ljava/nio/file/CopyOption;";
    private static final String DESCRIPTOR = "Ljava/io/FileDescriptor;";
    private static final String PROVIDER = "Ljava/nio/channels/spi/SelectorProvider;";
    private static final String ASYNC_PROVIDER =
            "Ljava/nio/channels/spi/AsynchronousChannelProvider;Lsun/nio/ch/ThreadPool;";
    private static final String FAMILY = "Ljava/net/ProtocolFamily;";
    private static final String NAMED_WORK = "Ljava/lang/ThreadGroup;Ljava/lang/Runnable;" + TEXT;
    private static final String EXECUTORS = "java.util.concurrent.Executors";

    private static final String TYPE = "Ljava/lang/Class;";
    private static final String ARRAYS = "java.lang.reflect.Array";
    private static final String PROXIES = "java.lang.reflect.Proxy";
    private static final String LOADER = "Ljava/lang/ClassLoader;";
    private static final String FUTURE = "java.util.concurrent.CompletableFuture";
    private static final String LOOKUP = "java.lang.invoke.MethodHandles$Lookup";
    private static final String FILES = "sun.nio.fs.UnixFileSystemProvider";
    private static final String FOLDER = "sun.nio.fs.UnixSecureDirectoryStream";
    private static final String SERVER = "sun.nio.ch.ServerSocketChannelImpl";
    private static final String ASYNC_SERVER = "sun.nio.ch.UnixAsynchronousServerSocketChannelImpl";
    private static final String SELECTOR = "sun.nio.ch.EPollSelectorImpl";
    private static final String PIPE = "sun.nio.ch.PipeImpl";
    private static final String ASYNC_PORT = "sun.nio.ch.EPollPort";
    private static final String SOCKET = "sun.nio.ch.NioSocketImpl";
    private static final String SEGMENTS = "jdk.internal.foreign.SegmentFactories";
    private static final String SOUND_EVENTS = "com.sun.media.sound.EventDispatcher";
    private static final String SEEDS = "sun.security.provider.NativePRNG$RandomIO";
    private static final String WATCHER = "sun.nio.fs.LinuxWatchService";
    private static final int LAST_WITH_THREAD_STOP = 19;
    private static final int FIRST_WITH_CONTAINERS = 21;
    private static final int FIRST_WITH_BUILDERS = 21;
    /** From here on a pool of one thread is ended by the cleaner that all share; before that by a finalizer. */
    private static final int FIRST_WITH_CLEANED_POOLS = 21;
    static final int FIRST_WITH_SEGMENTS = 22;
    /** Before that it makes them by ByteBuffer.allocateDirect. */
    private static final int FIRST_WITH_UNCOUNTED_BUFFERS = 25;

    private static final Row[] ALL = {
        // The process, and what is one for all in it.
        Row.of("java.lang.Runtime", "exit", "I", GUARD, "Gate.exit"),
        Row.of("java.lang.Runtime", "halt", "I", GUARD, "Gate.exit"),
        Row.of("java.lang.Runtime", "addShutdownHook", "Ljava/lang/Thread;", REPLACE, "Gate.addShutdownHook"),
        Row.of("java.io.File", "deleteOnExit", "", REPLACE, "Gate.deleteOnExit"),
        Row.of("java.lang.ref.Finalizer", "register", OBJECT, REPLACE, "Gate.registerFinalizer"),
        Row.of("java.lang.System", "gc", "", REPLACE, "Gate.gc"),
        Row.of("java.lang.System", "getenv", "", ANSWER, "Gate.getenv"),
        Row.of("java.lang.System", "getenv", TEXT, ANSWER, "Gate.getenv"),
        Row.of("java.lang.System", "setOut", "Ljava/io/PrintStream;", REPLACE, "Gate.setOut"),
        Row.of("java.lang.System", "setErr", "Ljava/io/PrintStream;", REPLACE, "Gate.setErr"),
        Row.of("java.lang.System", "setIn", "Ljava/io/InputStream;", REPLACE, "Gate.setIn"),
        Row.of("java.lang.Throwable", "printStackTrace", "Ljava/io/PrintStream;", REPLACE, "Gate.printStackTrace"),
        // Without it a function finds the shim through the loader of the host's class path.
        Row.of("java.lang.ClassLoader", "getSystemClassLoader", "", ANSWER, "Gate.systemLoader"),
        Row.of("java.lang.ProcessImpl", "start", "[" + TEXT + "Ljava/util/Map;" + TEXT
                + "[Ljava/lang/ProcessBuilder$Redirect;Z", GUARD, "IoGate.process"),

        // Threads, and pools in the place of those that all share.
        Row.of("java.lang.Thread", "start", "", GUARD, "ThreadGate.start"),
        Row.of("java.lang.Thread", "start", "Ljdk/internal/vm/ThreadContainer;", GUARD, "ThreadGate.start")
                .from(FIRST_WITH_CONTAINERS),
        Row.of("java.lang.Thread", "stop", "", GUARD, "ThreadGate.seize").until(LAST_WITH_THREAD_STOP),
        Row.of("java.lang.Thread", "suspend", "", GUARD, "ThreadGate.seize").until(LAST_WITH_THREAD_STOP),
        Row.of("java.lang.Thread", "resume", "", GUARD, "ThreadGate.seize").until(LAST_WITH_THREAD_STOP),
        Row.of("java.lang.Thread", "dispatchUncaughtException", ERROR, REPLACE, "ThreadGate.uncaught"),
        Row.of("java.lang.Thread", "setDefaultUncaughtExceptionHandler",
                "Ljava/lang/Thread$UncaughtExceptionHandler;", REPLACE, "ThreadGate.setDefaultHandler"),
        Row.of("java.lang.Thread", "getDefaultUncaughtExceptionHandler", "", ANSWER, "ThreadGate.getDefaultHandler"),
        Row.of("java.lang.Thread", "interrupt", "", REPLACE, "ChainGate.interrupt"),
        Row.of("java.lang.Thread", "getThreadGroup", "", ANSWER, "ChainGate.group"),
        Row.of("java.lang.Thread", "getName", "", ANSWER, "ChainGate.name"),
        Row.of("java.util.concurrent.locks.LockSupport", "getBlocker", "Ljava/lang/Thread;", ANSWER, "ChainGate.blocker"),
        Row.of("java.lang.ref.Cleaner", "create", "", ANSWER, "PoolGate.cleaner"),
        Row.of(EXECUTORS, "newSingleThreadExecutor", "", ANSWER, "PoolGate.singleThread")
                .from(FIRST_WITH_CLEANED_POOLS),
        Row.of(EXECUTORS, "newSingleThreadExecutor", "Ljava/util/concurrent/ThreadFactory;", ANSWER,
                "PoolGate.singleThread").from(FIRST_WITH_CLEANED_POOLS),
        Row.of("java.util.concurrent.ForkJoinPool", "commonPool", "", ANSWER, "PoolGate.commonPool"),
        Row.of("java.util.concurrent.ForkJoinWorkerThread", "<init>", "Ljava/lang/ThreadGroup;Ljava/util/concurrent/ForkJoinPool;ZZ",
                AFTER, "PoolGate.workerMade"),
        Row.of("java.util.concurrent.ForkJoinTask", "fork", "", ANSWER, "PoolGate.fork"),
        Row.of(FUTURE, "supplyAsync", "Ljava/util/function/Supplier;", ANSWER, "PoolGate.supplyAsync"),
        Row.of(FUTURE, "runAsync", "Ljava/lang/Runnable;", ANSWER, "PoolGate.runAsync"),
        Row.of(FUTURE, "defaultExecutor", "", ANSWER, "PoolGate.defaultExecutor"),
        Row.of(FUTURE, "delayedExecutor", "J" + UNIT, ANSWER, "PoolGate.delayedExecutor"),
        Row.of(FUTURE, "delayedExecutor", "J" + UNIT + EXECUTOR, ANSWER, "PoolGate.delayedExecutor"),
        Row.of(FUTURE, "orTimeout", "J" + UNIT, ANSWER, "PoolGate.orTimeout"),
        Row.of(FUTURE, "completeOnTimeout", OBJECT + "J" + UNIT, ANSWER, "PoolGate.completeOnTimeout"),
        Row.filter("java.util.concurrent.SubmissionPublisher", "<init>",
                EXECUTOR + "ILjava/util/function/BiConsumer;", 0, "PoolGate.executor"),
        Row.filter("java.nio.channels.AsynchronousSocketChannel", "open", GROUP, 0, "PoolGate.channels"),
        Row.filter("java.nio.channels.AsynchronousServerSocketChannel", "open", GROUP, 0, "PoolGate.channels"),
        Row.filter("java.nio.channels.AsynchronousFileChannel", "open", PATH + SET + SERVICE + ATTRIBUTES, 2,
                "PoolGate.files"),

        // Where the JDK keeps what it caught and goes on.
        Row.of("java.util.concurrent.FutureTask", "setException", ERROR, GUARD, "StopGate.keeps"),
        Row.of("java.util.concurrent.ForkJoinTask", "trySetThrown", ERROR, GUARD, "StopGate.keeps"),
        Row.of(FUTURE, "encodeThrowable", ERROR, GUARD, "StopGate.keeps"),
        Row.of(FUTURE, "encodeThrowable", ERROR + OBJECT, GUARD, "StopGate.keeps"),
        Row.of(FUTURE, "completeThrowable", ERROR, GUARD, "StopGate.keeps"),
        Row.of(FUTURE, "completeThrowable", ERROR + OBJECT, GUARD, "StopGate.keeps"),
        Row.of("java.lang.reflect.InvocationTargetException", "<init>", ERROR, GUARD, "StopGate.keeps"),
        Row.of("java.lang.reflect.InvocationTargetException", "<init>", ERROR + TEXT, GUARD, "StopGate.keeps"),
        Row.of("java.lang.reflect.UndeclaredThrowableException", "<init>", ERROR, GUARD, "StopGate.keeps"),
        Row.of("java.lang.reflect.UndeclaredThrowableException", "<init>", ERROR + TEXT, GUARD, "StopGate.keeps"),
        Row.handlers("jdk.internal.ref.CleanerImpl", "run", ""),
        Row.handlers(SOUND_EVENTS, "run", "").inModule("java.desktop"),
        Row.handlers(SOUND_EVENTS, "processEvent", "Lcom/sun/media/sound/EventDispatcher$EventInfo;").inModule("java.desktop"),

        // Where it works on what is one for all: a stop half way would leave that broken.
        Row.of("java.security.SecureRandom", "nextBytes", "[B", GUARD, "StopGate.begins"),
        // Under locks that all share.
        Row.of(SEEDS, "implGenerateSeed", "I", ANSWER, "SeedGate.generates"),
        Row.filter(SEEDS, "implSetSeed", "[B", 0, "SeedGate.digest"),
        Row.of(SEEDS, "implNextBytes", "[B", REPLACE, "SeedGate.next"),

        // Long work in one native call.
        Row.of("java.util.zip.Deflater", "deflate", "[BIII", ANSWER, "ZipGate.deflates"),
        Row.of("java.util.zip.Deflater", "deflate", "Ljava/nio/ByteBuffer;I", ANSWER, "ZipGate.deflates"),
        Row.of("java.util.zip.Inflater", "inflate", "[BII", ANSWER, "ZipGate.inflates"),
        Row.of("java.util.zip.Inflater", "inflate", "Ljava/nio/ByteBuffer;", ANSWER, "ZipGate.inflates"),

        // Arrays.
        Row.of(ARRAYS, "newInstance", TYPE + "I", GUARD, "MemoryGate.array"),
        Row.filter(ARRAYS, "newInstance", TYPE + "[I", 1, "MemoryGate.lengths"),
        Row.of(ARRAYS, "newInstance", TYPE + "[I", ANSWER, "MemoryGate.arrays"),

        // Memory outside of the heap.
        Row.of("java.nio.ByteBuffer", "allocateDirect", "I", GUARD, "MemoryGate.direct"),
        Row.of("java.nio.ByteBuffer", "allocateDirect", "I", AFTER, "MemoryGate.directMade"),
        Row.of("java.util.zip.Deflater", "<init>", "IZ", AFTER, "MemoryGate.deflaterMade"),
        Row.of("java.util.zip.Inflater", "<init>", "Z", AFTER, "MemoryGate.inflaterMade"),
        Row.of("sun.java2d.marlin.OffHeapArray", "resize", "J", GUARD, "MemoryGate.resizes"),
        Row.of(SEGMENTS, "allocateNativeSegment", "JJLjdk/internal/foreign/MemorySessionImpl;ZZ", GUARD,
                "MemoryGate.segment").from(FIRST_WITH_SEGMENTS),
        Row.filter(SEGMENTS, "allocateNativeSegment", "JJLjdk/internal/foreign/MemorySessionImpl;ZZ", 2, "MemoryGate.session")
                .from(FIRST_WITH_SEGMENTS),
        Row.of(SEGMENTS, "allocateNativeSegment", "JJLjdk/internal/foreign/MemorySessionImpl;ZZ",
                AFTER_WITH_ARGUMENTS, "MemoryGate.segmentMade").from(FIRST_WITH_SEGMENTS),

        Row.filter("java.lang.Thread", "<init>", NAMED_WORK + "J", 3, "MemoryGate.stack"),
        Row.filter("java.lang.Thread", "<init>", NAMED_WORK + "JZ", 3, "MemoryGate.stack"),
        Row.of("java.lang.ThreadBuilders$PlatformThreadBuilder", "stackSize", "J", ANSWER, "MemoryGate.builderStack")
                .from(FIRST_WITH_BUILDERS),
        Row.of("sun.nio.ch.FileChannelImpl", "mapInternal", "Ljava/nio/channels/FileChannel$MapMode;JJIZ", GUARD,
                "MemoryGate.maps"),
        Row.of("sun.nio.ch.FileChannelImpl", "mapInternal", "Ljava/nio/channels/FileChannel$MapMode;JJIZ", AFTER_WITH_ARGUMENTS,
                "MemoryGate.mapped"),
        Row.of("sun.nio.ch.FileChannelImpl", "map", "Ljava/nio/channels/FileChannel$MapMode;JJLjava/lang/foreign/Arena;",
                AFTER_WITH_ARGUMENTS, "MemoryGate.mappedInArena").from(FIRST_WITH_SEGMENTS),
        // What is read or written by way of the heap goes through a buffer that the JDK makes.
        Row.of("sun.nio.ch.Util", "getTemporaryDirectBuffer", "I", GUARD, "MemoryGate.direct").from(FIRST_WITH_UNCOUNTED_BUFFERS),
        Row.of("java.nio.Buffer$2", "newDirectByteBuffer", "JI", AFTER, "MemoryGate.directMade").from(FIRST_WITH_UNCOUNTED_BUFFERS),

        // Sockets.
        Row.of("sun.nio.ch.Net", "socket", FAMILY + "Z", GUARD, "IoGate.opensSocket"),
        Row.of("sun.nio.ch.Net", "socket", FAMILY + "Z", AFTER, "IoGate.socketMade"),
        Row.of("sun.nio.ch.Net", "serverSocket", FAMILY + "Z|" + FAMILY, GUARD, "IoGate.opensSocket"),
        Row.of("sun.nio.ch.Net", "serverSocket", FAMILY + "Z|" + FAMILY, AFTER, "IoGate.socketMade"),
        Row.of("sun.nio.ch.UnixDomainSockets", "socket", "", GUARD, "IoGate.opensSocket"),
        Row.of("sun.nio.ch.UnixDomainSockets", "socket", "", AFTER, "IoGate.socketMade"),
        Row.of(SERVER, "accept", "", GUARD, "IoGate.accepts"),
        Row.of(SERVER, "blockingAccept", "J", GUARD, "IoGate.accepts"),
        Row.of(SERVER, "finishAccept", DESCRIPTOR + "Ljava/net/SocketAddress;", GUARD, "IoGate.accepted"),
        Row.of(ASYNC_SERVER, "implAccept", OBJECT + "Ljava/nio/channels/CompletionHandler;", GUARD, "IoGate.accepts"),
        Row.of(ASYNC_SERVER, "finishAccept", DESCRIPTOR + "Ljava/net/InetSocketAddress;|" + DESCRIPTOR
                + "Ljava/net/InetSocketAddress;Ljava/security/AccessControlContext;", GUARD, "IoGate.accepted"),
        Row.of(SOCKET, "accept", "Ljava/net/SocketImpl;", GUARD, "IoGate.accepts"),
        Row.of(SOCKET, "closerFor", DESCRIPTOR + "Z|" + DESCRIPTOR, GUARD, "IoGate.closerMade"),

        // Other channels that take descriptors.
        Row.of(SELECTOR, "<init>", PROVIDER, GUARD, "IoGate.opensChannel"),
        Row.of(SELECTOR, "<init>", PROVIDER, AFTER, "IoGate.channelMade"),
        Row.of(PIPE, "<init>", PROVIDER, GUARD, "IoGate.opensChannel"),
        Row.of(PIPE, "<init>", PROVIDER, AFTER, "IoGate.channelMade"),
        Row.of(ASYNC_PORT, "<init>", ASYNC_PROVIDER, GUARD, "IoGate.opensChannel"),
        Row.of(ASYNC_PORT, "<init>", ASYNC_PROVIDER, AFTER, "IoGate.channelMade"),
        Row.of(WATCHER, "<init>", "Lsun/nio/fs/UnixFileSystem;", GUARD, "WatchGate.opens"),
        Row.of(WATCHER + "$Poller", "<init>", "Lsun/nio/fs/UnixFileSystem;L" + WATCHER.replace('.', '/') + ";I[I", GUARD,
                "WatchGate.made"),
        Row.of(WATCHER, "register", PATH + "[Ljava/nio/file/WatchEvent$Kind;[Ljava/nio/file/WatchEvent$Modifier;", GUARD,
                "WatchGate.registers"),

        // Files and folders that are open.
        Row.of("java.io.FileCleanable", "register", DESCRIPTOR, GUARD, "OpenGate.streamOpened"),
        Row.of("sun.nio.fs.UnixChannelFactory", "open", "I" + UNIX_PATH + TEXT + CHANNEL_FLAGS + "I|I" + UNIX_PATH + CHANNEL_FLAGS + "I",
                AFTER, "OpenGate.channelOpened"),
        Row.of(FILES, "newDirectoryStream", PATH + FOLDER_FILTER, GUARD, "OpenGate.lists"),
        Row.of(FOLDER, "newDirectoryStream", PATH + "[Ljava/nio/file/LinkOption;", GUARD, "OpenGate.lists"),
        Row.of(FOLDER, "<init>", UNIX_PATH + "JI" + FOLDER_FILTER, AFTER_WITH_ARGUMENTS, "OpenGate.folderOpened"),
        Row.of(FOLDER, "close", "", RECEIVER, "OpenGate.folderCloses"),

        // Files that are opened for writing.
        Row.of("java.io.FileOutputStream", "open", TEXT + "Z", GUARD, "IoGate.opens"),
        Row.of("java.io.RandomAccessFile", "open", TEXT + "I", GUARD, "IoGate.opens"),
        Row.of("java.io.File", "createNewFile", "", GUARD, "IoGate.creates"),
        Row.filter(FILES, "newByteChannel", PATH + SET + ATTRIBUTES, 1, "IoGate.opens"),
        Row.filter(FILES, "newFileChannel", PATH + SET + ATTRIBUTES, 1, "IoGate.opens"),
        Row.filter(FILES, "newAsynchronousFileChannel", PATH + SET + SERVICE + ATTRIBUTES, 1, "IoGate.opens"),
        Row.of(FILES, "copy", PATH + PATH + COPY_OPTIONS, GUARD, "IoGate.writes"),
        Row.of(FILES, "move", PATH + PATH + COPY_OPTIONS, GUARD, "IoGate.writes"),

        // Classes that functions make at run time.
        Row.of("java.lang.ClassLoader", "defineClass", TEXT + "[BII" + DOMAIN, CLASS_FILE, "ClassGate.classFile"),
        Row.filter("java.lang.ClassLoader", "defineClass", TEXT + "Ljava/nio/ByteBuffer;" + DOMAIN, 1,
                "ClassGate.buffer"),
        Row.filter(LOOKUP, "defineClass", "[B", 0, "ClassGate.ofLookup"),
        Row.filter(LOOKUP, "defineHiddenClass", "[BZ" + OPTIONS, 0, "ClassGate.ofLookup"),
        Row.filter(LOOKUP, "defineHiddenClassWithClassData", "[B" + OBJECT + "Z" + OPTIONS, 0, "ClassGate.ofLookup"),
        Row.of("java.lang.invoke.LambdaMetafactory", "altMetafactory", "L" + LOOKUP.replace('.', '/') + ";" + TEXT
                + "Ljava/lang/invoke/MethodType;[" + OBJECT, GUARD, "ClassGate.lambda"),
        Row.filter(PROXIES, "newProxyInstance", LOADER + "[" + TYPE + "Ljava/lang/reflect/InvocationHandler;", 0,
                "ClassGate.proxyLoader"),
        Row.filter(PROXIES, "getProxyClass", LOADER + "[" + TYPE, 0, "ClassGate.proxyLoader"),
        // What method handles bring into being stays for ever.
        Row.field("java.lang.invoke.ClassSpecializer", "cache", "HandleGate.species"),
        Row.of("java.lang.invoke.MethodHandleImpl$TableSwitchCacheKey", "<init>", "Ljava/lang/invoke/MethodType;I", GUARD,
                "HandleGate.switches"),
        Row.of("java.lang.invoke.MethodTypeForm", "<init>", "Ljava/lang/invoke/MethodType;", GUARD, "HandleGate.form"),
    };

    private Table() {}

    /** The rows for the running JDK. */
    static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        for (Row[] part : new Row[][] {FileRows.ALL, ALL, ValueRows.ALL, TraceRows.ALL, TraceRows.DESKTOP, LocaleRows.ALL,
            XmlRows.ALL, ReachRows.ALL, FirstRows.ALL, FirstRows.DESKTOP, MapRows.ALL}) {
            for (Row row : part) {
                if (row.isForThisJdk()) {
                    rows.add(row);
                }
            }
        }
        return rows;
    }
}
