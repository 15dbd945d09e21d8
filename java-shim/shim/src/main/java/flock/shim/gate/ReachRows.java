package flock.shim.gate;

import static flock.shim.gate.Kind.ANSWER;
import static flock.shim.gate.Kind.GUARD;
import static flock.shim.gate.Kind.RECEIVER;

/** The rows against reaching into the host, the JVM as a whole, other processes and the threads of others. */
final class ReachRows {
    private static final String TEXT = "Ljava/lang/String;";
    private static final String CLASS = "Ljava/lang/Class;";
    private static final String BY_CONSTRUCTOR = "Ljava/lang/Class;Ljava/lang/reflect/Constructor;";
    private static final String FACTORY = "sun.reflect.ReflectionFactory";
    private static final String PROCESSES = "java.lang.ProcessHandleImpl";
    private static final String THREADS = "sun.management.ThreadImpl";
    private static final String DIAGNOSTICS = "com.sun.management.internal.HotSpotDiagnostic";
    private static final String OTHERS = "look at or end other processes";
    private static final String USERS = "ask for users of the machine";
    private static final String SWITCHES = "change what the JVM measures for all";
    private static final String LOADER = "java.lang.ClassLoader";
    private static final String BUILT_IN = "jdk.internal.loader.BuiltinClassLoader";
    private static final String SIGNAL = "jdk.internal.misc.Signal";
    private static final String CRYPTOKI = "jdk.crypto.cryptoki";
    private static final String NATIVE = "load native libraries";
    private static final String PROCESS_INFO = "java.lang.ProcessHandleImpl$Info";
    private static final String GROUPS = "java.lang.ThreadGroup";
    private static final int FIRST_WITH_THREAD_DUMPS = 21;

    static final Row[] ALL = {
        Row.filter("java.lang.reflect.AccessibleObject", "checkCanSetAccessible", CLASS + CLASS + "Z", 1,
                "ReachGate.opens"),
        Row.filter("java.lang.reflect.AccessibleObject", "checkCanSetAccessible", CLASS + CLASS + "Z", 0,
                "ReachGate.asks"),
        Row.of("java.lang.invoke.MethodHandles", "privateLookupIn", CLASS + "Ljava/lang/invoke/MethodHandles$Lookup;",
                GUARD, "ReachGate.looksInto"),
        Row.of(FACTORY, "newConstructorForSerialization", BY_CONSTRUCTOR, GUARD, "ReachGate.makes"),
        Row.of(FACTORY, "newConstructorForSerialization", CLASS, GUARD, "ReachGate.makes"),
        Row.of(FACTORY, "newConstructorForExternalization", CLASS, GUARD, "ReachGate.makes"),
        Row.of(FACTORY, "readObjectForSerialization", CLASS, GUARD, "ReachGate.serialises"),
        Row.of(FACTORY, "readObjectNoDataForSerialization", CLASS, GUARD, "ReachGate.serialises"),
        Row.of(FACTORY, "writeObjectForSerialization", CLASS, GUARD, "ReachGate.serialises"),
        Row.of(FACTORY, "readResolveForSerialization", CLASS, GUARD, "ReachGate.serialises"),
        Row.of(FACTORY, "writeReplaceForSerialization", CLASS, GUARD, "ReachGate.serialises"),
        Row.of(FACTORY, "defaultReadObjectForSerialization", CLASS, GUARD, "ReachGate.serialises").ifThere(),
        Row.of(FACTORY, "defaultWriteObjectForSerialization", CLASS, GUARD, "ReachGate.serialises").ifThere(),
        Row.filter("java.lang.ModuleLayer", "defineModules",
                "Ljava/lang/module/Configuration;Ljava/util/List;Ljava/util/function/Function;", 2, "ReachGate.givesModules"),
        Row.of("java.lang.Class", "forName", TEXT, GUARD, "ReachGate.names"),
        Row.of("java.lang.Class", "forName", TEXT + "ZLjava/lang/ClassLoader;", GUARD, "ReachGate.finds"),
        Row.of("java.lang.Class", "forName", "Ljava/lang/Module;" + TEXT, ANSWER, "ReachGate.finds"),
        Row.of(LOADER, "findBootstrapClassOrNull", TEXT, ANSWER, "ReachGate.finds"),
        Row.of(BUILT_IN, "loadClass", TEXT + "Z", GUARD, "ReachGate.finds"),
        Row.of(BUILT_IN, "findResourceOnClassPath", TEXT, ANSWER, "ReachGate.resource"),
        Row.of(BUILT_IN, "findResourcesOnClassPath", TEXT, ANSWER, "ReachGate.resources"),
        Row.of(LOADER, "setDefaultAssertionStatus", "Z", RECEIVER, "ReachGate.changesLoader"),
        Row.of(LOADER, "setPackageAssertionStatus", TEXT + "Z", RECEIVER, "ReachGate.changesLoader"),
        Row.of(LOADER, "setClassAssertionStatus", TEXT + "Z", RECEIVER, "ReachGate.changesLoader"),
        Row.of(LOADER, "clearAssertionStatus", "", RECEIVER, "ReachGate.changesLoader"),
        Row.refuse("sun.misc.Unsafe", "getUnsafe", "", "use sun.misc.Unsafe"),
        Row.refuse(SIGNAL, "handle", "Ljdk/internal/misc/Signal;Ljdk/internal/misc/Signal$Handler;", "handle signals"),
        Row.refuse(SIGNAL, "raise", "Ljdk/internal/misc/Signal;", "raise signals"),
        Row.of("java.lang.Runtime", "load0", CLASS + TEXT, GUARD, "ReachGate.loads"),
        Row.of("java.lang.Runtime", "loadLibrary0", CLASS + TEXT, GUARD, "ReachGate.loads"),
        // They have a library loaded by native code of their own.
        Row.refuse("sun.security.pkcs11.wrapper.PKCS11", "<init>", TEXT + TEXT, NATIVE).inModule(CRYPTOKI),
        Row.refuse("sun.security.pkcs11.Secmod", "initialize",
                "Lsun/security/pkcs11/Secmod$DbMode;" + TEXT + TEXT + "Z", NATIVE).inModule(CRYPTOKI),
        // What the operator started the host with, and from where.
        Row.of("java.lang.System", "console", "", ANSWER, "Refusals.none"),
        Row.of("sun.nio.ch.InheritedChannel", "getChannel", "", ANSWER, "Refusals.none"),
        Row.of("sun.management.RuntimeImpl", "getInputArguments", "", ANSWER, "ReachGate.startedWith"),
        Row.of(PROCESS_INFO, "command", "", ANSWER, "ReachGate.untold"),
        Row.of(PROCESS_INFO, "commandLine", "", ANSWER, "ReachGate.untold"),
        Row.of(PROCESS_INFO, "arguments", "", ANSWER, "ReachGate.untold"),
        Row.of(PROCESS_INFO, "user", "", ANSWER, "ReachGate.untold"),
        Row.of(PROCESS_INFO, "toString", "", ANSWER, "ReachGate.untoldText"),
        Row.of("java.lang.Class", "getProtectionDomain", "", ANSWER, "ReachGate.domain"),
        Row.refuse("com.sun.security.auth.module.UnixSystem", "<init>", "", USERS).inModule("jdk.security.auth"),
        Row.refuse("sun.nio.fs.UnixUserPrincipals", "lookupUser", TEXT, USERS),
        Row.refuse("sun.nio.fs.UnixUserPrincipals", "lookupGroup", TEXT, USERS),
        Row.refuse(PROCESSES, "get", "J", OTHERS),
        Row.refuse(PROCESSES, "children", "J", OTHERS),
        Row.refuse(PROCESSES, "descendants", "", OTHERS),
        Row.refuse(PROCESSES, "parent", "", OTHERS),
        Row.refuse(PROCESSES, "destroyProcess", "Z", OTHERS),

        Row.of("java.lang.Thread", "interrupt", "", RECEIVER, "CrowdGate.changes"),
        Row.of("java.lang.Thread", "setPriority", "I", RECEIVER, "CrowdGate.changes"),
        Row.of("java.lang.Thread", "setName", TEXT, RECEIVER, "CrowdGate.changes"),
        Row.of("java.lang.Thread", "setDaemon", "Z", RECEIVER, "CrowdGate.changes"),
        Row.of("java.lang.Thread", "setContextClassLoader", "Ljava/lang/ClassLoader;", RECEIVER, "CrowdGate.changes"),
        Row.of("java.lang.Thread", "setUncaughtExceptionHandler", "Ljava/lang/Thread$UncaughtExceptionHandler;",
                RECEIVER, "CrowdGate.changes"),
        Row.of("java.lang.Thread", "getAllStackTraces", "", ANSWER, "CrowdGate.stacks"),
        Row.of(GROUPS, "getParent", "", ANSWER, "CrowdGate.parent"),
        Row.of(GROUPS, "activeCount", "", RECEIVER, "CrowdGate.uses"),
        Row.of(GROUPS, "activeGroupCount", "", RECEIVER, "CrowdGate.uses"),
        Row.of(GROUPS, "enumerate", "[Ljava/lang/Thread;", RECEIVER, "CrowdGate.uses"),
        Row.of(GROUPS, "enumerate", "[Ljava/lang/Thread;Z", RECEIVER, "CrowdGate.uses"),
        Row.of(GROUPS, "enumerate", "[Ljava/lang/ThreadGroup;", RECEIVER, "CrowdGate.uses"),
        Row.of(GROUPS, "enumerate", "[Ljava/lang/ThreadGroup;Z", RECEIVER, "CrowdGate.uses"),
        Row.of(GROUPS, "list", "", RECEIVER, "CrowdGate.uses"),
        Row.of(GROUPS, "interrupt", "", RECEIVER, "CrowdGate.uses"),
        Row.of(GROUPS, "setMaxPriority", "I", RECEIVER, "CrowdGate.uses"),
        Row.of(GROUPS, "setDaemon", "Z", RECEIVER, "CrowdGate.uses"),
        Row.of(GROUPS, "destroy", "", RECEIVER, "CrowdGate.uses"),
        Row.of(THREADS, "getAllThreadIds", "", ANSWER, "CrowdGate.ids"),
        Row.filter(THREADS, "getThreadInfo", "[JI", 0, "CrowdGate.known"),
        Row.filter(THREADS, "getThreadInfo", "[JI", 1, "CrowdGate.depth"),
        Row.of(THREADS, "getThreadInfo", "[JZZ", ANSWER, "CrowdGate.infos"),
        Row.filter(THREADS, "getThreadInfo", "[JZZI", 0, "CrowdGate.known"),
        Row.filter(THREADS, "getThreadInfo", "[JZZI", 2, "CrowdGate.synchronizers"),
        Row.filter(THREADS, "getThreadInfo", "[JZZI", 3, "CrowdGate.depth"),
        Row.refuse(THREADS, "dumpAllThreads", "ZZI", "look at the threads of others"),
        Row.refuse(THREADS, "findMonitorDeadlockedThreads", "", "look at the threads of others"),
        Row.refuse(THREADS, "findDeadlockedThreads", "", "look at the threads of others"),
        Row.refuse(THREADS, "setThreadContentionMonitoringEnabled", "Z", SWITCHES),
        Row.refuse(THREADS, "setThreadCpuTimeEnabled", "Z", SWITCHES),
        Row.refuse(THREADS, "setThreadAllocatedMemoryEnabled", "Z", SWITCHES),
        Row.refuse(THREADS, "resetPeakThreadCount", "", SWITCHES),
        Row.refuse("sun.management.MemoryImpl", "setVerbose", "Z", SWITCHES),
        Row.refuse("sun.management.ClassLoadingImpl", "setVerbose", "Z", SWITCHES),
        Row.refuse("sun.management.MemoryPoolImpl", "resetPeakUsage", "", SWITCHES),
        Row.refuse("sun.management.MemoryPoolImpl", "setUsageThreshold", "J", SWITCHES),
        Row.refuse("sun.management.MemoryPoolImpl", "setCollectionUsageThreshold", "J", SWITCHES),
        Row.of(DIAGNOSTICS, "getVMOption", TEXT, ANSWER, "OptionGate.one"),
        Row.of(DIAGNOSTICS, "getDiagnosticOptions", "", ANSWER, "OptionGate.all"),
        Row.refuse(DIAGNOSTICS, "dumpHeap", TEXT + "Z", "dump the heap"),
        Row.refuse(DIAGNOSTICS, "setVMOption", TEXT + TEXT, "set options of the JVM"),
        Row.refuse(DIAGNOSTICS, "dumpThreads", TEXT + "Lcom/sun/management/HotSpotDiagnosticMXBean$ThreadDumpFormat;",
                "look at the threads of others").from(FIRST_WITH_THREAD_DUMPS),
        Row.refuse("com.sun.management.internal.DiagnosticCommandImpl", "invoke",
                TEXT + "[Ljava/lang/Object;[" + TEXT, "run diagnostic commands"),
    };

    private ReachRows() {}
}
