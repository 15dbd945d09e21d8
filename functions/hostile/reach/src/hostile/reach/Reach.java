// Reaches for the host, the JVM and the process. `how`: host (classes of the host, by loaders, objects and reflection), jdk (internals of the JDK by reflection, Unsafe, lookups,
// objects without constructors), native (libraries, the foreign function interface), process (signals, other processes, heap dumps, options, diagnostic commands, flight recordings).
// Answers how each attempt ended: `refused: ...`, `absent`, or what it got.
package hostile.reach;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.lang.invoke.MethodHandles;
import java.lang.management.ManagementFactory;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.List;
import java.util.Optional;

public final class Reach {
    private static final String GATE = "flock.boot.Gate";
    private static final String HOST = "flock.boot.Host";
    private static final String SHIM = "flock.shim.Shim";

    private Reach() {}

    private interface Attempt {
        Object run() throws Throwable;
    }

    public static JsonObject main(JsonObject args) {
        String how = args.has("how") ? args.get("how").getAsString() : "host";
        JsonObject result = new JsonObject();
        switch (how) {
            case "host" -> host(result);
            case "jdk" -> jdk(result);
            case "native" -> natives(result);
            case "process" -> process(result);
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        return result;
    }

    private static void attempt(JsonObject result, String name, Attempt attempt) {
        try {
            Object got = attempt.run();
            result.addProperty(name, got == null ? "absent" : "got " + got);
        } catch (Throwable refused) {
            Throwable last = refused;
            while (last.getCause() != null && last.getCause() != last) last = last.getCause();
            result.addProperty(name, "refused: " + last);
        }
    }

    private static ClassLoader hostLoader() {
        return Reach.class.getClassLoader().getClass().getClassLoader();
    }

    private static void host(JsonObject result) {
        attempt(result, "platformLoader", () -> ClassLoader.getPlatformClassLoader().loadClass(GATE));
        attempt(result, "bootLoader", () -> Class.forName(GATE, true, null));
        attempt(result, "forName", () -> Class.forName(HOST, true, ClassLoader.getPlatformClassLoader()));
        attempt(result, "forNameInModule", () -> Class.forName(ClassLoader.getPlatformClassLoader().getUnnamedModule(), GATE));
        attempt(result, "array", () -> Class.forName("[L" + GATE + ";", false, null));
        attempt(result, "arrays", () -> Class.forName("[[L" + GATE + ";", false, null));
        attempt(result, "hostLoader", () -> hostLoader().loadClass(SHIM));
        attempt(result, "hostLoaderForName", () -> Class.forName(SHIM, true, hostLoader()));
        attempt(result, "urlLoader", () -> new URLClassLoader(new URL[0], null).loadClass(GATE));
        attempt(result, "urlLoaderOfHost", () -> new URLClassLoader(new URL[0], hostLoader()).loadClass(SHIM));
        attempt(result, "ownLoader", () -> new ClassLoader(ClassLoader.getPlatformClassLoader()) {}.loadClass(HOST));
        attempt(result, "byReflection", () -> Class.class.getMethod("forName", String.class, boolean.class, ClassLoader.class)
                .invoke(null, GATE, true, null));
        attempt(result, "byLookup", () -> MethodHandles.publicLookup().findClass(GATE));
        attempt(result, "byHandle", () -> MethodHandles.publicLookup().findVirtual(ClassLoader.class, "loadClass",
                java.lang.invoke.MethodType.methodType(Class.class, String.class)).invoke(ClassLoader.getPlatformClassLoader(), GATE));
        Class<?> lane = Thread.currentThread().getClass();
        attempt(result, "laneField", () -> open(lane.getDeclaredField("seat")).get(Thread.currentThread()));
        attempt(result, "laneFieldTried", () -> lane.getDeclaredField("seat").trySetAccessible() ? "open" : null);
        attempt(result, "laneFieldsAtOnce", () -> {
            Field[] fields = lane.getDeclaredFields();
            AccessibleObject.setAccessible(fields, true);
            return fields[0].get(Thread.currentThread());
        });
        attempt(result, "laneLookup", () -> MethodHandles.privateLookupIn(lane, MethodHandles.lookup()));
        attempt(result, "laneMade", () -> made(lane));
        attempt(result, "laneAsJson", () -> {
            String text = new Gson().toJson(Thread.currentThread(), lane);
            return text.contains("funclet") ? text : null;
        });
        attempt(result, "groupMade", () -> {
            Class<?> group = Thread.currentThread().getThreadGroup().getClass();
            Constructor<?> constructor = group.getConstructors()[0];
            return constructor.newInstance(Thread.currentThread().getThreadGroup(), "forged", null);
        });
        attempt(result, "loaderMethod", () -> {
            Class<?> loader = Reach.class.getClassLoader().getClass();
            for (Method method : loader.getDeclaredMethods()) {
                if (method.getName().equals("find")) return open(method).invoke(Reach.class.getClassLoader(), "x");
            }
            return null;
        });
        attempt(result, "loaderMade", () -> {
            Class<?> loader = Reach.class.getClassLoader().getClass();
            return loader.getConstructors()[0].newInstance(null, 0L, null);
        });
        attempt(result, "gsonField", () -> open(Gson.class.getDeclaredField("constructorConstructor")).get(new Gson()));
        attempt(result, "stackWalker", () -> {
            Optional<Class<?>> found = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE).walk(frames -> frames
                    .<Class<?>>map(StackWalker.StackFrame::getDeclaringClass).filter(type -> type.getName().startsWith("flock.shim.call.")).findFirst());
            if (found.isEmpty()) return null;
            for (Field field : found.get().getDeclaredFields()) {
                if (field.getName().equals("port")) return open(field);
            }
            return null;
        });
    }

    private static <T extends AccessibleObject> T open(T member) {
        member.setAccessible(true);
        return member;
    }

    private static Object made(Class<?> type) throws ReflectiveOperationException {
        return sun.reflect.ReflectionFactory.getReflectionFactory()
                .newConstructorForSerialization(type, Object.class.getConstructor()).newInstance();
    }

    private static void jdk(JsonObject result) {
        attempt(result, "threadField", () -> open(Thread.class.getDeclaredField("name")));
        attempt(result, "systemField", () -> open(System.class.getDeclaredField("props")));
        attempt(result, "classLoaderMethod", () -> open(ClassLoader.class.getDeclaredMethod("findLoadedClass", String.class)));
        attempt(result, "sharedSecrets", () -> Class.forName("jdk.internal.access.SharedSecrets").getMethod("getJavaLangAccess").invoke(null));
        attempt(result, "internalUnsafe", () -> Class.forName("jdk.internal.misc.Unsafe").getMethod("getUnsafe").invoke(null));
        attempt(result, "lookupIn", () -> MethodHandles.privateLookupIn(System.class, MethodHandles.lookup()));
        attempt(result, "trustedLookup", () -> open(MethodHandles.Lookup.class.getDeclaredField("IMPL_LOOKUP")).get(null));
        attempt(result, "unsafeField", () -> open(Class.forName("sun.misc.Unsafe").getDeclaredField("theUnsafe")).get(null));
        attempt(result, "unsafeFieldTried", () -> Class.forName("sun.misc.Unsafe").getDeclaredField("theUnsafe").trySetAccessible() ? "open" : null);
        attempt(result, "unsafeConstructor", () -> open(Class.forName("sun.misc.Unsafe").getDeclaredConstructor()).newInstance());
        attempt(result, "unsafeMade", () -> made(Class.forName("sun.misc.Unsafe")));
        attempt(result, "unsafeLookup", () -> MethodHandles.privateLookupIn(Class.forName("sun.misc.Unsafe"), MethodHandles.lookup()));
        attempt(result, "unsafeGet", () -> Class.forName("sun.misc.Unsafe").getMethod("getUnsafe").invoke(null));
        attempt(result, "moduleOpen", () -> {
            Object.class.getModule().addOpens("java.lang", Reach.class.getModule());
            return "open";
        });
        attempt(result, "securityManager", () -> System.class.getMethod("setSecurityManager", Class.forName("java.lang.SecurityManager"))
                .invoke(null, Class.forName("java.lang.SecurityManager").getConstructor().newInstance()) == null ? "set" : "set");
    }

    private static void natives(JsonObject result) {
        attempt(result, "load", () -> {
            System.load("/lib/x86_64-linux-gnu/libm.so.6");
            return "loaded";
        });
        attempt(result, "loadLibrary", () -> {
            System.loadLibrary("m");
            return "loaded";
        });
        attempt(result, "runtimeLoad", () -> {
            Runtime.getRuntime().load("/lib/x86_64-linux-gnu/libm.so.6");
            return "loaded";
        });
        attempt(result, "reflection", () -> {
            System.class.getMethod("load", String.class).invoke(null, "/lib/x86_64-linux-gnu/libm.so.6");
            return "loaded";
        });
        attempt(result, "cryptoki", () -> {
            // The JDK's native code loads the library that a configuration names; any will do for the attempt.
            String library = System.getProperty("java.home") + "/lib/libzip.so";
            return java.security.Security.getProvider("SunPKCS11").configure("--name=reach\nlibrary=" + library).getName();
        });
        attempt(result, "cryptokiByNss", () -> {
            // It would load any file of this name: the function has written this one.
            java.nio.file.Files.write(java.nio.file.Path.of("libnss3.so"), new byte[4]);
            String folder = java.nio.file.Path.of("").toAbsolutePath().toString();
            return java.security.Security.getProvider("SunPKCS11").configure("--name=nss\nnssDbMode=noDb\nattributes=compatibility\nnssLibraryDirectory=" + folder).getName();
        });
        attempt(result, "foreign", () -> {
            // Final since Java 22.
            Class<?> linker = Class.forName("java.lang.foreign.Linker");
            Object natives = linker.getMethod("nativeLinker").invoke(null);
            Object symbols = linker.getMethod("defaultLookup").invoke(natives);
            Object found = Class.forName("java.lang.foreign.SymbolLookup").getMethod("find", String.class).invoke(symbols, "getpid");
            Class<?> layout = Class.forName("java.lang.foreign.ValueLayout");
            Object function = Class.forName("java.lang.foreign.FunctionDescriptor")
                    .getMethod("of", Class.forName("java.lang.foreign.MemoryLayout"), Class.forName("[Ljava.lang.foreign.MemoryLayout;"))
                    .invoke(null, layout.getField("JAVA_INT").get(null), java.lang.reflect.Array.newInstance(Class.forName("java.lang.foreign.MemoryLayout"), 0));
            Class<?> option = Class.forName("[Ljava.lang.foreign.Linker$Option;");
            return linker.getMethod("downcallHandle", Class.forName("java.lang.foreign.MemorySegment"),
                    Class.forName("java.lang.foreign.FunctionDescriptor"), option)
                    .invoke(natives, ((Optional<?>) found).get(), function, java.lang.reflect.Array.newInstance(option.getComponentType(), 0));
        });
        attempt(result, "reinterpret", () -> {
            Class<?> segment = Class.forName("java.lang.foreign.MemorySegment");
            Object none = segment.getMethod("ofAddress", long.class).invoke(null, 4096L);
            return segment.getMethod("reinterpret", long.class).invoke(none, 8L);
        });
    }

    private static void process(JsonObject result) {
        attempt(result, "signalRaise", () -> {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Object usr2 = signal.getConstructor(String.class).newInstance("WINCH");
            signal.getMethod("raise", signal).invoke(null, usr2);
            return "raised";
        });
        attempt(result, "signalHandle", () -> {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            return signal.getMethod("handle", signal, handler).invoke(null,
                    signal.getConstructor(String.class).newInstance("WINCH"), handler.getField("SIG_IGN").get(null)) == null ? "handled" : "handled";
        });
        attempt(result, "console", System::console);
        attempt(result, "inheritedChannel", System::inheritedChannel);
        attempt(result, "inheritedByProvider", () -> java.nio.channels.spi.SelectorProvider.provider().inheritedChannel());
        attempt(result, "startedWith", () -> {
            List<String> options = ManagementFactory.getRuntimeMXBean().getInputArguments();
            return options.isEmpty() ? null : options;
        });
        attempt(result, "command", () -> ProcessHandle.current().info().command().orElse(null));
        attempt(result, "commandLine", () -> ProcessHandle.current().info().commandLine().orElse(null));
        attempt(result, "arguments", () -> ProcessHandle.current().info().arguments().orElse(null));
        attempt(result, "user", () -> ProcessHandle.current().info().user().orElse(null));
        attempt(result, "infoAsText", () -> ProcessHandle.current().info().toString().replace("[]", "").isEmpty() ? null : "a text");
        attempt(result, "allProcesses", () -> ProcessHandle.allProcesses().count());
        attempt(result, "descendants", () -> ProcessHandle.current().descendants().count());
        attempt(result, "parent", () -> ProcessHandle.current().parent());
        attempt(result, "ofParent", () -> ProcessHandle.of(1));
        attempt(result, "destroySelf", () -> ProcessHandle.current().destroy());
        attempt(result, "attach", () -> Class.forName("com.sun.tools.attach.VirtualMachine", true, ClassLoader.getSystemClassLoader().getClass().getClassLoader()));
        attempt(result, "attachInModule", () -> Class.forName(ModuleLayer.boot().findModule("jdk.attach").orElseThrow(), "com.sun.tools.attach.VirtualMachine"));
        attempt(result, "flightRecorder", () -> Class.forName("jdk.jfr.Recording").getConstructor().newInstance());
        attempt(result, "flightRecorderInModule", () -> Class.forName(ModuleLayer.boot().findModule("jdk.jfr").orElseThrow(), "jdk.jfr.Recording"));
        attempt(result, "heapDump", () -> {
            ManagementFactory.getPlatformMXBean(com.sun.management.HotSpotDiagnosticMXBean.class).dumpHeap("/tmp/flock-hostile.hprof", true);
            return "dumped";
        });
        attempt(result, "vmOption", () -> {
            ManagementFactory.getPlatformMXBean(com.sun.management.HotSpotDiagnosticMXBean.class).setVMOption("HeapDumpOnOutOfMemoryError", "true");
            return "set";
        });
        attempt(result, "optionText", () -> {
            var bean = ManagementFactory.getPlatformMXBean(com.sun.management.HotSpotDiagnosticMXBean.class);
            if (!bean.getVMOption("UseG1GC").getValue().equals("true")) return "no switch";
            String text = bean.getVMOption("DisableIntrinsic").getValue();
            return text.isEmpty() ? null : text;
        });
        attempt(result, "optionTexts", () -> {
            var bean = ManagementFactory.getPlatformMXBean(com.sun.management.HotSpotDiagnosticMXBean.class);
            if (bean.getDiagnosticOptions().isEmpty()) return "no options";
            return bean.getDiagnosticOptions().stream().map(each -> each.getValue()).filter(each -> !each.matches("true|false|-?[0-9.]*")).findFirst().orElse(null);
        });
        attempt(result, "diagnostics", () -> {
            for (javax.management.MBeanServer server : List.of(ManagementFactory.getPlatformMBeanServer())) {
                return server.invoke(new javax.management.ObjectName("com.sun.management:type=DiagnosticCommand"), "threadPrint",
                        new Object[] {new String[0]}, new String[] {String[].class.getName()});
            }
            return null;
        });
        attempt(result, "measuring", () -> {
            ManagementFactory.getThreadMXBean().setThreadCpuTimeEnabled(false);
            return "off";
        });
        attempt(result, "allocation", () -> {
            ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean()).setThreadAllocatedMemoryEnabled(false);
            return "off";
        });
    }
}
