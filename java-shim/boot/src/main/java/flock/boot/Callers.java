package flock.boot;

import java.net.URLClassLoader;
import java.security.Provider;
import java.security.SecureClassLoader;
import java.security.Security;
import java.util.Hashtable;
import java.util.Iterator;
import java.util.Properties;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Finds out by the stack who calls: for threads that belong to no funclet (workers of a JVM-wide pool, virtual
 * threads), and for the question whether function code or JDK code asks.
 *
 * Hidden frames are shown, because a method reference that a function hands to a pool has no other frame.
 */
final class Callers {
    private static final int LOADERS_UP = 16;
    private static final ClassLoader PLATFORM = ClassLoader.getPlatformClassLoader();
    private static final ClassLoader HOST = ClassLoader.getSystemClassLoader();

    private static final StackWalker WALKER = StackWalker.getInstance(
            Set.of(StackWalker.Option.RETAIN_CLASS_REFERENCE, StackWalker.Option.SHOW_HIDDEN_FRAMES));

    /** In the place of a face: code of a loader that is neither the JDK's nor the host's, and leads to no funclet. */
    static final Object NOBODY = new Object();

    private static final Function<Stream<StackWalker.StackFrame>, Object> FIRST_OWNER = new FirstOwner();
    private static final Function<Stream<StackWalker.StackFrame>, Boolean> TAKES_DETOUR = new TakesDetour();
    private static final Function<Stream<StackWalker.StackFrame>, Class<?>> ASKER = new Asker();
    private static final Function<Stream<StackWalker.StackFrame>, Boolean> FUNCTION_ASKS = new FunctionAsks();

    private static final Function<Stream<StackWalker.StackFrame>, Boolean> INITIALISES_JDK = new InitialisesJdk();

    private static final Function<Stream<StackWalker.StackFrame>, Boolean> ASKS_FOR_ITSELF = new AsksForItself();

    private static final Function<Stream<StackWalker.StackFrame>, Boolean> FUNCTION_LOGS = new Logs();
    private static final Function<Stream<StackWalker.StackFrame>, Boolean> LINKS = new Links();

    private static final Function<Stream<StackWalker.StackFrame>, Boolean> HOST_ASKS = new HostAsks();

    private static final Function<Stream<StackWalker.StackFrame>, Boolean> JDK_NEEDS = new JdkNeeds();

    private static final Function<Stream<StackWalker.StackFrame>, Boolean> CHANGES_ATTRIBUTES = new ChangesAttributes();

    /** Set on a thread of the host while it makes what belongs to the host. */
    private static final ThreadLocal<Boolean> MAKING = new ThreadLocal<>();

    static {
        // The machinery of the walk reads system properties when it is used first; later a hook would walk for that.
        WALKER.walk(FIRST_OWNER);
        WALKER.walk(INITIALISES_JDK);
    }

    private Callers() {}

    /**
     * True when JDK code is being initialised between here and the function. A refusal there would leave the class
     * broken for everybody, and what it starts is everybody's.
     */
    static boolean isInitialisingJdk() {
        return WALKER.walk(INITIALISES_JDK);
    }

    /** True when one of the so many nearest frames is one of these methods. */
    static boolean passes(Set<String> methods, int frames) {
        return WALKER.walk(new Passes(methods, frames));
    }

    /** The face of the nearest frame that belongs to a funclet; NOBODY where none does, but one is of strange code; or null. */
    static Object owner() {
        return WALKER.walk(FIRST_OWNER);
    }

    /** True when a method is called by reflection, by a handle or through a proxy of one. */
    static boolean takesDetour() {
        return WALKER.walk(TAKES_DETOUR);
    }

    /** The nearest class that is no class loader, nor a part of linkage or of the gate: who needs the class that is looked for. */
    static Class<?> asker() {
        return WALKER.walk(ASKER);
    }

    /** True when JDK code that is being constructed as this type is between here and the function. */
    static boolean isMaking(Class<?> type) {
        return WALKER.walk(new Makes(type));
    }

    /** True when the nearest frame that is no class loader's own belongs to a funclet. */
    static boolean functionAsks() {
        return WALKER.walk(FUNCTION_ASKS);
    }

    /**
     * True when the function's own code calls the hooked method, also by reflection or a method handle; false when JDK
     * code does, be it on the function's behalf.
     */
    static boolean functionAsksForItself() {
        return WALKER.walk(ASKS_FOR_ITSELF);
    }

    /**
     * True when the host's own code needs the class that is asked for: what is between is a loader, or linkage. The
     * frames of the gate itself are passed by.
     */
    static boolean hostAsks() {
        return WALKER.walk(HOST_ASKS);
    }

    /** True when the function's own code calls this very method of this class, also by a detour. */
    static boolean functionCalls(Class<?> hooked) {
        return WALKER.walk(new Calls(hooked));
    }

    /** True when the function's own code gets or uses a System.Logger, also by a detour. */
    static boolean functionLogs() {
        return WALKER.walk(FUNCTION_LOGS);
    }

    /**
     * True when what `java.lang.invoke` makes now is not for the function that runs: the thread is between two functions, a class of
     * the JDK is being initialised, or a place in the code of the JDK or the host is being linked, which would fail for everybody for
     * good.
     */
    static boolean linksForAll() {
        Thread thread = Thread.currentThread();
        return thread instanceof Lane && ((Lane) thread).seat.isVacant() || isInitialisingJdk() || WALKER.walk(LINKS);
    }

    /** True when the JDK opens a file in order to change its attributes, for which it needs no descriptor that writes. */
    static boolean changesAttributes() {
        return WALKER.walk(CHANGES_ATTRIBUTES);
    }

    /** True when JDK code needs a file for itself: for an initialiser, a class of its own, or what it knows of the machine. */
    static boolean jdkNeedsIt() {
        return WALKER.walk(JDK_NEEDS);
    }

    /** For what only the host makes: a function that has found the class cannot. */
    static void checkHost() {
        Thread thread = Thread.currentThread();
        boolean runsFunction = thread instanceof Lane && !((Lane) thread).seat.isVacant();
        if (runsFunction || MAKING.get() == null && owner() != null) {
            throw new SecurityException("a function cannot make what belongs to the host");
        }
    }

    /**
     * Makes what belongs to the host. The stack is not looked at for each part: to be called by whoever is the host, for what
     * runs no function code.
     */
    static <T> T making(Supplier<T> maker) {
        MAKING.set(Boolean.TRUE);
        try {
            return maker.get();
        } finally {
            MAKING.remove();
        }
    }

    /** The loader of the host's class path, which finds all modules of the JDK. */
    static ClassLoader host() {
        return HOST;
    }

    /** True for loaders of the JDK and of the host; all others are functions' or made by them. */
    static boolean isBuiltIn(ClassLoader loader) {
        return loader == null || loader == PLATFORM || loader == HOST;
    }

    private static Face owner(Class<?> type) {
        return owner(type.getClassLoader());
    }

    /** The face of a loader or of one above it, or null. A function's own URLClassLoader leads to its funclet. */
    static Face owner(ClassLoader nearest) {
        ClassLoader loader = nearest;
        for (int i = 0; loader != null && i < LOADERS_UP; i++) {
            if (loader instanceof OwnedLoader && loader.getClass().getClassLoader() == HOST) {
                return ((OwnedLoader) loader).face();
            }
            loader = loader.getParent();
        }
        return null;
    }

    /** Is it one of the hooks? A function may give a class of its own such a name. */
    private static boolean isGate(Class<?> type) {
        return type.getClassLoader() == null && type.getName().startsWith("flock.boot.");
    }

    /** By this loader JDK 17 defines what calls methods for reflection. */
    private static boolean isOfReflection(ClassLoader loader) {
        Class<?> type = loader.getClass();
        return type.getClassLoader() == null && type.getName().equals("jdk.internal.reflect.DelegatingClassLoader");
    }

    private static final class FirstOwner implements Function<Stream<StackWalker.StackFrame>, Object> {
        @Override
        public Object apply(Stream<StackWalker.StackFrame> frames) {
            boolean isStrange = false;
            for (Iterator<StackWalker.StackFrame> i = frames.iterator(); i.hasNext();) {
                ClassLoader loader = i.next().getDeclaringClass().getClassLoader();
                Face face = owner(loader);
                if (face != null) {
                    return face;
                }
                isStrange |= !isBuiltIn(loader) && !(loader instanceof OwnedLoader) && !isOfReflection(loader);
            }
            return isStrange ? NOBODY : null;
        }
    }

    private static final class TakesDetour implements Function<Stream<StackWalker.StackFrame>, Boolean> {
        private static final String[] DETOURS = {"java.lang.invoke.", "java.lang.reflect.", "jdk.internal.reflect.", "jdk.proxy",
            "com.sun.proxy.", "jdk.MHProxy"};

        @Override
        public Boolean apply(Stream<StackWalker.StackFrame> frames) {
            for (Iterator<StackWalker.StackFrame> i = frames.iterator(); i.hasNext();) {
                if (startsWith(i.next().getDeclaringClass().getName(), DETOURS)) {
                    return true;
                }
            }
            return false;
        }
    }

    private static final class Asker implements Function<Stream<StackWalker.StackFrame>, Class<?>> {
        private static final String[] LOADING = {"jdk.internal.loader.", "java.lang.System$"};

        @Override
        public Class<?> apply(Stream<StackWalker.StackFrame> frames) {
            boolean inGate = true;
            for (Iterator<StackWalker.StackFrame> i = frames.iterator(); i.hasNext();) {
                Class<?> type = i.next().getDeclaringClass();
                String name = type.getName();
                inGate &= isGate(type);
                if (!inGate && !HostAsks.FINDERS.contains(type) && !startsWith(name, LOADING)) {
                    return type;
                }
            }
            return Callers.class;
        }
    }

    private static final class Makes implements Function<Stream<StackWalker.StackFrame>, Boolean> {
        private final Class<?> made;

        Makes(Class<?> made) {
            this.made = made;
        }

        @Override
        public Boolean apply(Stream<StackWalker.StackFrame> frames) {
            for (Iterator<StackWalker.StackFrame> i = frames.iterator(); i.hasNext();) {
                StackWalker.StackFrame frame = i.next();
                Class<?> type = frame.getDeclaringClass();
                if (!isBuiltIn(type.getClassLoader())) {
                    return false;
                }
                if (type == made && frame.getMethodName().equals("<init>")) {
                    return true;
                }
            }
            return false;
        }
    }

    private static final class FunctionAsks implements Function<Stream<StackWalker.StackFrame>, Boolean> {
        @Override
        public Boolean apply(Stream<StackWalker.StackFrame> frames) {
            for (Iterator<StackWalker.StackFrame> i = frames.iterator(); i.hasNext();) {
                Class<?> type = i.next().getDeclaringClass();
                boolean passesOn = type == Callers.class || type == Gate.class || type == System.class || type == ClassLoader.class
                        || type == java.security.SecureClassLoader.class || type == java.net.URLClassLoader.class;
                if (!passesOn) {
                    return owner(type) != null;
                }
            }
            return false;
        }
    }

    private static final class InitialisesJdk implements Function<Stream<StackWalker.StackFrame>, Boolean> {
        @Override
        public Boolean apply(Stream<StackWalker.StackFrame> frames) {
            for (Iterator<StackWalker.StackFrame> i = frames.iterator(); i.hasNext();) {
                StackWalker.StackFrame frame = i.next();
                ClassLoader loader = frame.getDeclaringClass().getClassLoader();
                if (loader != null && loader != PLATFORM) {
                    return false;
                }
                if (frame.getMethodName().equals("<clinit>")) {
                    return true;
                }
            }
            return false;
        }
    }

    private static final class AsksForItself implements Function<Stream<StackWalker.StackFrame>, Boolean> {
        /** Where calls pass that are somebody else's. */
        private static final Set<Class<?>> THROUGH = Set.of(System.class, Integer.class, Long.class, Boolean.class,
                Class.class, ClassLoader.class, SecureClassLoader.class, URLClassLoader.class, Thread.class,
                ThreadGroup.class, Properties.class, Hashtable.class, Provider.class, Security.class,
                Runtime.class);
        private static final String[] THROUGH_NAMES = {"flock.boot.", "jdk.internal.loader.", "java.util.logging.",
            "sun.management.", "com.sun.management.internal.", "java.awt.Font", "java.awt.Color"};
        /** Whoever calls through these is a function: JDK code has shorter ways to its own methods. */
        private static final String[] DETOURS = {"java.lang.invoke.", "java.lang.reflect.", "jdk.internal.reflect.",
            "java.beans.", "com.sun.beans.", "sun.reflect.misc.", "jdk.internal.vm.vector.", "sun.invoke.util.",
            "com.sun.jmx.", "java.rmi.", "sun.rmi."};

        @Override
        public Boolean apply(Stream<StackWalker.StackFrame> frames) {
            for (Iterator<StackWalker.StackFrame> i = frames.iterator(); i.hasNext();) {
                StackWalker.StackFrame frame = i.next();
                Class<?> type = frame.getDeclaringClass();
                if (!isBuiltIn(type.getClassLoader())) {
                    return true;
                }
                String name = type.getName();
                if (!THROUGH.contains(type) && !startsWith(name, THROUGH_NAMES)) {
                    return startsWith(name, DETOURS);
                }
                if (frame.getMethodName().equals("<clinit>")) {
                    // A class of the JDK is initialised, by whomever: what it asks for is its own.
                    return false;
                }
            }
            return false;
        }
    }

    private static final class HostAsks implements Function<Stream<StackWalker.StackFrame>, Boolean> {
        private static final Set<Class<?>> FINDERS =
                Set.of(Class.class, ClassLoader.class, SecureClassLoader.class, URLClassLoader.class);
        /** The anonymous class of System is the way by which packages of java.base call one another. */
        private static final String[] LINKAGE =
                {"jdk.internal.loader.", "java.lang.System$", "java.lang.invoke.", "sun.invoke.util."};

        @Override
        public Boolean apply(Stream<StackWalker.StackFrame> frames) {
            boolean inGate = true;
            for (Iterator<StackWalker.StackFrame> i = frames.iterator(); i.hasNext();) {
                Class<?> type = i.next().getDeclaringClass();
                String name = type.getName();
                inGate &= isGate(type);
                if (!inGate && !FINDERS.contains(type) && !startsWith(name, LINKAGE)) {
                    return isBuiltIn(type.getClassLoader()) && !type.getModule().isNamed();
                }
            }
            return true;
        }
    }

    private static final class Calls implements Function<Stream<StackWalker.StackFrame>, Boolean> {
        private final Class<?> hooked;

        Calls(Class<?> hooked) {
            this.hooked = hooked;
        }

        @Override
        public Boolean apply(Stream<StackWalker.StackFrame> frames) {
            for (Iterator<StackWalker.StackFrame> i = frames.iterator(); i.hasNext();) {
                Class<?> type = i.next().getDeclaringClass();
                if (type != hooked && !isGate(type)) {
                    return !isBuiltIn(type.getClassLoader()) || startsWith(type.getName(), AsksForItself.DETOURS);
                }
            }
            return false;
        }
    }

    private static final class Links implements Function<Stream<StackWalker.StackFrame>, Boolean> {
        private static final String LINKER = "java.lang.invoke.MethodHandleNatives";
        private static final String HANDLES = "java.lang.invoke.";

        /** The linker's caller is the class with the place, be it a hidden one. */
        @Override
        public Boolean apply(Stream<StackWalker.StackFrame> frames) {
            boolean links = false;
            for (Iterator<StackWalker.StackFrame> i = frames.iterator(); i.hasNext();) {
                StackWalker.StackFrame frame = i.next();
                Class<?> type = frame.getDeclaringClass();
                if (type.getName().equals(LINKER) && frame.getMethodName().startsWith("link")) {
                    links = true;
                } else if (links && !type.getName().startsWith(HANDLES)) {
                    return isBuiltIn(type.getClassLoader());
                }
            }
            return false;
        }
    }

    private static final class Logs implements Function<Stream<StackWalker.StackFrame>, Boolean> {
        private static final String[] LOGGING =
                {"flock.boot.", "java.util.logging.", "sun.util.logging.", "jdk.internal.logger.", "java.lang.System"};

        @Override
        public Boolean apply(Stream<StackWalker.StackFrame> frames) {
            for (Iterator<StackWalker.StackFrame> i = frames.iterator(); i.hasNext();) {
                StackWalker.StackFrame frame = i.next();
                Class<?> type = frame.getDeclaringClass();
                if (!isBuiltIn(type.getClassLoader())) {
                    return true;
                }
                if (!startsWith(type.getName(), LOGGING)) {
                    return startsWith(type.getName(), TakesDetour.DETOURS);
                }
                if (frame.getMethodName().equals("<clinit>")) {
                    return false;
                }
            }
            return false;
        }
    }

    private static boolean startsWith(String name, String[] prefixes) {
        for (String prefix : prefixes) {
            if (name.startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }

    private static final class JdkNeeds implements Function<Stream<StackWalker.StackFrame>, Boolean> {
        private static final String[] NEEDY = {"jdk.internal.platform.", "jdk.internal.loader.BuiltinClassLoader",
            "jdk.internal.loader.BootLoader", "jdk.internal.loader.ClassLoaders", "sun.net.dns.", "jdk.internal.jimage.",
            "sun.util.calendar.", "sun.util.locale.provider."};

        @Override
        public Boolean apply(Stream<StackWalker.StackFrame> frames) {
            for (Iterator<StackWalker.StackFrame> i = frames.iterator(); i.hasNext();) {
                StackWalker.StackFrame frame = i.next();
                Class<?> type = frame.getDeclaringClass();
                ClassLoader loader = type.getClassLoader();
                if (loader != null && loader != PLATFORM) {
                    return false;
                }
                if (frame.getMethodName().equals("<clinit>") || startsWith(type.getName(), NEEDY)) {
                    return true;
                }
            }
            return false;
        }
    }

    private static final class ChangesAttributes implements Function<Stream<StackWalker.StackFrame>, Boolean> {
        private static final int FRAMES_MAX = 16;
        private static final Set<String> CHANGING =
                Set.of("setTimes", "setMode", "setOwners", "setPermissions", "setOwner", "setGroup", "write", "delete",
                        "updateDosAttribute", "setReadOnly", "setHidden", "setArchive", "setSystem");

        @Override
        public Boolean apply(Stream<StackWalker.StackFrame> frames) {
            int left = FRAMES_MAX;
            for (Iterator<StackWalker.StackFrame> i = frames.iterator(); left > 0 && i.hasNext(); left--) {
                StackWalker.StackFrame frame = i.next();
                if (frame.getClassName().startsWith("sun.nio.fs.") && CHANGING.contains(frame.getMethodName())) {
                    return true;
                }
            }
            return false;
        }
    }

    private static final class Passes implements Function<Stream<StackWalker.StackFrame>, Boolean> {
        private final Set<String> methods;
        private final int frames;

        Passes(Set<String> methods, int frames) {
            this.methods = methods;
            this.frames = frames;
        }

        @Override
        public Boolean apply(Stream<StackWalker.StackFrame> all) {
            int left = frames;
            for (Iterator<StackWalker.StackFrame> i = all.iterator(); left > 0 && i.hasNext(); left--) {
                StackWalker.StackFrame frame = i.next();
                if (methods.contains(frame.getClassName() + "." + frame.getMethodName())
                        && isBuiltIn(frame.getDeclaringClass().getClassLoader())) {
                    return true;
                }
            }
            return false;
        }
    }
}
