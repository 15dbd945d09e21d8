package flock.boot;

import java.lang.invoke.MethodHandles;
import java.lang.reflect.Constructor;
import java.lang.reflect.InaccessibleObjectException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

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

    private ReachGate() {}

    private static Class<?> closed() {
        try {
            return Class.forName("jdk.internal.misc.VM", false, null);
        } catch (ClassNotFoundException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    private static boolean isHosts(Class<?> type) {
        ClassLoader loader = type.getClassLoader();
        return loader == null ? !type.getModule().isNamed() : Callers.isBuiltIn(loader) && !type.getModule().isNamed();
    }

    /** The class whose members are to be opened, or one that is closed. */
    public static Class<?> opens(Object member, Class<?> caller, Class<?> declaring, boolean throwing) {
        if (declaring == null || !isHosts(declaring) && !declaring.getName().equals(UNSAFE) || Gate.caller() == null) {
            return declaring;
        }
        // gson reads its own classes so.
        boolean isGsons = caller != null && caller.getClassLoader() == null && caller.getName().startsWith(GSON)
                && declaring.getName().startsWith(GSON);
        if (isGsons || caller != null && caller.getModule().isNamed()) {
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

    public static void makes(Object factory, Class<?> type, Constructor<?> by) {
        makes(factory, type);
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
        return name.startsWith("[L") && isHidden(name.substring(name.lastIndexOf('[') + 2));
    }

    private static boolean refuses(String name) {
        if (!isHidden(name) || Gate.caller() == null) {
            return false;
        }
        // Nobody but the host needs the host's classes; those of the JDK may be needed by the JDK, on any thread.
        return isOfHost(name) ? !Callers.hostAsks() : Callers.functionAsksForItself();
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
    }

    /** Asked by JDK code in the name of its own loader, which leads to the boot loader. */
    public static void names(String name) throws ClassNotFoundException {
        finds(name, true, null);
    }

    public static void finds(Object loader, String name, boolean resolves) throws ClassNotFoundException {
        if (refuses(name)) {
            throw new ClassNotFoundException(name);
        }
    }

    public static Object finds(Module module, String name) {
        return refuses(name) ? null : Gate.PASS;
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
        boolean isShared = Callers.isBuiltIn((ClassLoader) loader)
                || isHosts(loader.getClass()) && !(loader instanceof OwnedLoader);
        if (isShared && Gate.caller() != null) {
            throw new SecurityException("a function cannot change the class loader " + loader.getClass().getName()
                    + ", which all share");
        }
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
