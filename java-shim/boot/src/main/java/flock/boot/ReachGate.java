package flock.boot;

import java.lang.invoke.MethodHandles;
import java.lang.module.Configuration;
import java.lang.reflect.Constructor;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Modifier;
import java.security.ProtectionDomain;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Hooks against reaching into the host and into what has no types: reflection that opens members of the host's classes,
 * the host's classes by name, `sun.misc.Unsafe`, native libraries.
 *
 * The JDK's own packages are closed by its modules. A class of the host that a function finds by its objects (the class of
 * its thread, of its loader) stays without use: members cannot be opened, and constructors check who calls.
 */
public final class ReachGate {
    private static final String GSON = "com.google.gson.";
    private static final String GUARD = "flock.boot.Guard";
    private static final String UNSAFE = "sun.misc.Unsafe";
    /** The host, and modules that look into or change the whole JVM or other processes. */
    private static final String[] HIDDEN = {"flock.", "org.objectweb.asm.", "jdk.jfr.", "com.sun.tools.attach.",
        "sun.tools.attach.", "com.sun.jdi.", "com.sun.tools.jdi.", "sun.jvm.hotspot.", "sun.jvmstat.",
        "com.sun.nio.sctp.", "sun.nio.ch.sctp.", "jdk.jshell.", "jdk.management.jfr."};
    /** No class outside of java.base can open members of this one, so it says no in the place of another. */
    private static final Class<?> CLOSED = closed();

    /** Of a module to which no package of another is open. */
    private static final Class<?> BYSTANDER = java.util.logging.Level.class;

    /** Without a place that the code comes from. */
    private static final ProtectionDomain NOWHERE = new ProtectionDomain(null, null);

    /** Longer than any name of the JDK's. */
    private static final int NAME_MAX = 256;
    private static final ClassLoader PLATFORM = ClassLoader.getPlatformClassLoader();

    private ReachGate() {}

    private static Class<?> closed() {
        try {
            return Class.forName("jdk.internal.misc.VM", false, null);
        } catch (ClassNotFoundException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    /** Class.getProtectionDomain: that of the host's classes names their jar. */
    public static Object domain(Object type) {
        return isHosts((Class<?>) type) && Gate.caller() != null ? NOWHERE : Gate.PASS;
    }

    private static boolean isHosts(Class<?> type) {
        return Callers.isBuiltIn(type.getClassLoader()) && !type.getModule().isNamed();
    }

    /** Is it the JDK's? A function's own module has a name, too. */
    private static boolean isJdks(Class<?> type) {
        return Callers.isBuiltIn(type.getClassLoader()) && type.getModule().isNamed();
    }

    /** The class whose members are to be opened, or one that is closed. */
    public static Class<?> opens(Object member, Class<?> caller, Class<?> declaring, boolean throwing) {
        if (declaring == null || !isHosts(declaring) && !declaring.getName().equals(UNSAFE) || Gate.caller() == null) {
            return declaring;
        }
        // gson reads its own classes so.
        boolean isGsons = caller != null && caller.getClassLoader() == null && caller.getName().startsWith(GSON)
                && declaring.getName().startsWith(GSON);
        if (isGsons || caller != null && isJdks(caller)) {
            return declaring;
        }
        if (throwing) {
            throw new InaccessibleObjectException("a function cannot open members of " + declaring.getName());
        }
        return CLOSED;
    }

    /**
     * Who opens members of a class. gson stands beside the hooks, to which some packages of the JDK are open; what it opens
     * for a function is opened as by any library.
     */
    public static Class<?> asks(Object member, Class<?> caller, Class<?> declaring, boolean throwing) {
        boolean isGsons = caller != null && caller.getClassLoader() == null && caller.getName().startsWith(GSON);
        boolean isOwn = declaring != null && declaring.getName().startsWith(GSON);
        return isGsons && !isOwn && Gate.caller() != null ? BYSTANDER : caller;
    }

    public static void looksInto(Class<?> type, MethodHandles.Lookup lookup) throws IllegalAccessException {
        if (type != null && (isHosts(type) || type.getName().equals(UNSAFE)) && Gate.caller() != null) {
            throw new IllegalAccessException("a function cannot open members of " + type.getName());
        }
    }

    /** Objects that are made without their constructors. */
    public static void makes(Object factory, Class<?> type) {
        if (type != null && (isHosts(type) || type.getName().equals(UNSAFE)) && Gate.caller() != null) {
            throw new SecurityException("a function cannot make objects of " + type.getName());
        }
    }

    /** A constructor of the class itself is given back open: of the JDK's, which such a call may open, only what anybody may call. */
    public static void makes(Object factory, Class<?> type, Constructor<?> by) {
        makes(factory, type);
        Class<?> owner = by == null ? null : by.getDeclaringClass();
        if (owner == null || !Callers.isBuiltIn(owner.getClassLoader()) || Gate.caller() == null) {
            return;
        }
        boolean isAnybodys = Modifier.isPublic(by.getModifiers()) && Modifier.isPublic(owner.getModifiers())
                && owner.getModule().isExported(owner.getPackageName());
        if (!isAnybodys && (owner == type || Modifier.isPrivate(by.getModifiers()))) {
            throw new SecurityException("a function cannot open members of " + owner.getName());
        }
    }

    /** Handles of the private methods by which the objects of a class are read: they would change those that all share. */
    public static void serialises(Object factory, Class<?> type) {
        if (type != null && Callers.isBuiltIn(type.getClassLoader()) && Gate.caller() != null) {
            throw new SecurityException("a function cannot open members of " + type.getName());
        }
    }

    /** Whom a layer's modules are given to: a loader of all would take its own classes for parts of a function's module. */
    public static Function<String, ClassLoader> givesModules(Configuration configuration, List<?> parents,
            Function<String, ClassLoader> loaders) {
        return loaders == null || Gate.caller() == null ? loaders : new OwnLoaders(loaders);
    }

    private static final class OwnLoaders implements Function<String, ClassLoader> {
        private final Function<String, ClassLoader> given;

        OwnLoaders(Function<String, ClassLoader> given) {
            this.given = given;
        }

        @Override
        public ClassLoader apply(String module) {
            ClassLoader loader = given.apply(module);
            if (isShared(loader)) {
                throw new SecurityException("a function cannot give modules to a class loader that all share");
            }
            return loader;
        }
    }

    /** Is this one of the classes by which functions call one another? */
    public static boolean isApi(String name) {
        return name.equals("flock.Flock") || name.equals("flock.CallFailed");
    }

    /** Is this a class that no loader of a function gives? */
    public static boolean isHidden(String name) {
        if (name == null || name.startsWith("java.")) {
            return false;
        }
        for (String prefix : HIDDEN) {
            if (name.startsWith(prefix)) {
                return !name.equals(GUARD) && !isApi(name);
            }
        }
        return name.startsWith("[") && isHidden(name.substring(Math.min(name.length(), name.lastIndexOf('[') + 2)));
    }

    private static boolean refuses(String name) {
        if (!isHidden(name) || Gate.caller() == null) {
            return false;
        }
        // Nobody but the host needs the host's classes; those of the JDK are needed by one another and by what finds services.
        return isOfHost(name) ? !Callers.hostAsks() : !needsHidden(Callers.asker());
    }

    /**
     * May a loader of the JDK have a class of this name? One that is asked keeps a lock for the name as long as it lives, and whoever
     * looks for the resources of a locale asks for classes by the names that the locale has.
     */
    private static boolean mayHave(Object loader, String name) {
        return name.length() <= NAME_MAX && (loader != PLATFORM || name.startsWith("[") || JdkPackages.know(name));
    }

    private static boolean needsHidden(Class<?> asker) {
        String name = asker.getName();
        return isJdks(asker) && (isHidden(name) || name.startsWith("java.util.ServiceLoader") || name.startsWith("sun.management.")
                || name.startsWith("com.sun.management.internal."));
    }

    private static boolean isOfHost(String name) {
        String element = name.substring(name.startsWith("[") ? name.lastIndexOf('[') + 2 : 0);
        return element.startsWith("flock.") || element.startsWith("org.objectweb.asm.");
    }

    public static void finds(String name, boolean initialises, ClassLoader loader) throws ClassNotFoundException {
        // Whoever asks for classes without end has no other moment at which it may be stopped.
        StopGate.begins();
        if (refuses(name)) {
            throw new ClassNotFoundException(name);
        }
        if (name != null && name.startsWith("[[[")) {
            ArrayTypes.named(name, loader);
        }
    }

    /** Asked by JDK code in the name of its own loader, which leads to the boot loader. */
    public static void names(String name) throws ClassNotFoundException {
        finds(name, true, null);
    }

    public static void finds(Object loader, String name, boolean resolves) throws ClassNotFoundException {
        if (refuses(name) || name != null && !mayHave(loader, name) && Gate.caller() != null) {
            throw new ClassNotFoundException(name);
        }
    }

    public static Object finds(Module module, String name) {
        boolean isAbsurd = name != null && name.length() > NAME_MAX && module != null
                && Callers.isBuiltIn(module.getClassLoader()) && Gate.caller() != null;
        return isAbsurd || refuses(name) ? null : Gate.PASS;
    }

    public static Object finds(String name) {
        return refuses(name) ? null : Gate.PASS;
    }

    /** Files in the jars of the host, which its loaders find after those of the JDK: their names would tell paths. */
    public static Object resource(Object loader, String name) {
        return isSearchOfHost() ? Gate.PASS : null;
    }

    public static Object resources(Object loader, String name) {
        return isSearchOfHost() ? Gate.PASS : Collections.emptyEnumeration();
    }

    private static boolean isSearchOfHost() {
        return Gate.caller() == null || Callers.hostAsks();
    }

    /** Whether assertions hold in the classes of a loader that all share. */
    public static void changesLoader(Object loader) {
        if (isShared((ClassLoader) loader) && Gate.caller() != null) {
            throw new SecurityException("a function cannot change the class loader " + loader.getClass().getName()
                    + ", which all share");
        }
    }

    private static boolean isShared(ClassLoader loader) {
        return Callers.isBuiltIn(loader) || isHosts(loader.getClass()) && !(loader instanceof OwnedLoader);
    }

    /** The options of the JVM name folders of the host. */
    public static Object startedWith(Object bean) {
        return Gate.caller() == null ? Gate.PASS : List.of();
    }

    public static Object untold(Object info) {
        return Gate.caller() == null ? Gate.PASS : Optional.empty();
    }

    public static Object untoldText(Object info) {
        return Gate.caller() == null ? Gate.PASS : "[]";
    }

    /** Libraries of the JDK are loaded on functions' threads, too, for its own classes. */
    public static void loads(Object runtime, Class<?> from, String library) {
        if (Gate.caller() != null
                && (from == null || !Callers.isBuiltIn(from.getClassLoader()) || Callers.functionAsksForItself())) {
            throw new UnsatisfiedLinkError("a function cannot load native libraries: " + library);
        }
    }
}
