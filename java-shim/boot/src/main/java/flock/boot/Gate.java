package flock.boot;

import java.io.InputStream;
import java.io.PrintStream;
import java.util.HashMap;
import java.util.Objects;

/**
 * The hooks that instrumented JDK methods call, those on the process and the streams; the others are in the classes
 * whose names end in Gate. Which method calls which hook is said by the table in the shim's gate folder.
 *
 * A hook first asks who calls; a host thread falls through at once. A void hook lets the method go on or throws; a
 * boolean hook says true when it has done the method's work; an Object hook gives the result, or PASS to go on.
 */
public final class Gate {
    public static final Object PASS = new Object();
    public static final int STDIN = 0;
    public static final int STDOUT = 1;
    public static final int STDERR = 2;

    /** How many funclets have to end and still have threads. Zero almost always: the cheap first question. */
    static volatile int condemned;

    /** The class of all virtual threads; null where there are none. */
    private static final Class<?> VIRTUAL = virtual();
    /** Of virtual threads that nothing shows to be anybody's: it grants nothing. */
    private static volatile Face strangers;
    /** The group of the threads that the host has brought. */
    private static volatile ThreadGroup hosts;

    private Gate() {}

    private static Class<?> virtual() {
        try {
            return Class.forName("java.lang.BaseVirtualThread", false, null);
        } catch (ClassNotFoundException older) {
            return null;
        }
    }

    /** Says what a thread is that shows no owner and is not the host's. To be called on a thread of the host. */
    public static void setStrangers(Face face) {
        Callers.checkHost();
        hosts = Thread.currentThread().getThreadGroup();
        strangers = face;
    }

    /**
     * The face of the calling thread, or null for the host's own threads. A thread that is no lane is asked by its
     * stack before its group: workers of the JVM-wide pools are in the group of whoever made them start. The context
     * loader comes last, for virtual threads that have no function's frame: they inherit it and have no group. Without
     * all of these it is a stranger, who may nothing: a virtual thread, code of a loader that leads nowhere, and what is
     * called by reflection or a handle on a thread that the JDK has started for all.
     */
    static Face caller() {
        Thread thread = Thread.currentThread();
        if (thread instanceof Lane) {
            return ((Lane) thread).seat;
        }
        Object owner = Callers.owner();
        if (owner instanceof Face) {
            return (Face) owner;
        }
        ThreadGroup of = thread.getThreadGroup();
        for (ThreadGroup group = of; Group.isInside(group); group = group.getParent()) {
            if (group instanceof Group) {
                return ((Group) group).face();
            }
        }
        Face heir = Callers.owner(thread.getContextClassLoader());
        return heir != null ? heir : isStranger(owner, thread, of) ? strangers : null;
    }

    private static boolean isStranger(Object owner, Thread thread, ThreadGroup group) {
        if (owner == Callers.NOBODY || VIRTUAL != null && VIRTUAL.isInstance(thread)) {
            return true;
        }
        ThreadGroup own = hosts;
        return own != null && group != null && group != own && Callers.takesDetour();
    }

    /** Whether the calling thread is one that the host has brought: needs no memory, where caller() looks at the stack. */
    static boolean isHosts() {
        Thread thread = Thread.currentThread();
        return !(thread instanceof Lane) && thread.getThreadGroup() == hosts;
    }

    public static void exit(Object runtime, int status) {
        Face face = caller();
        if (face != null) {
            face.exit(status);
            throw new Exit(status);
        }
    }

    /** Hooks of functions would run when the host ends, on a thread of nobody. They are not kept. */
    public static boolean addShutdownHook(Object runtime, Thread hook) {
        return caller() != null && !Callers.isInitialisingJdk();
    }

    /** The list of what to delete at the end of the JVM would only grow. */
    public static boolean deleteOnExit(Object file) {
        return caller() != null;
    }

    /** A function has no say in when all pause. JDK code that needs a collection for it may have one. */
    public static boolean gc() {
        return caller() != null && Callers.functionAsks();
    }

    /**
     * What a function makes gets no finalizer, also where its class is the JDK's: some of those call methods that a
     * function can write, and the JVM has one thread for the finalizers of all.
     */
    public static boolean registerFinalizer(Object finalizee) {
        return caller() != null;
    }

    public static Object getenv() {
        Face face = caller();
        return face == null ? PASS : face.env();
    }

    public static Object getenv(String name) {
        Face face = caller();
        return face == null ? PASS : face.env(Objects.requireNonNull(name));
    }

    /** What a ProcessBuilder starts from. */
    public static Object environment() {
        Face face = caller();
        return face == null ? PASS : new HashMap<>(face.env());
    }

    public static boolean setOut(PrintStream out) {
        return setStream(STDOUT, out);
    }

    public static boolean setErr(PrintStream err) {
        return setStream(STDERR, err);
    }

    private static boolean setStream(int stream, PrintStream own) {
        Face face = caller();
        if (face == null) {
            return false;
        }
        boolean restores = own == (stream == STDOUT ? System.out : System.err);
        face.setStream(stream, restores ? null : own);
        return true;
    }

    public static boolean setIn(InputStream in) {
        Face face = caller();
        if (face == null) {
            return false;
        }
        face.setInput(in == System.in ? null : in);
        return true;
    }

    /** Throwable.printStackTrace locks the stream: on System.out or System.err functions would wait for each other. */
    public static boolean printStackTrace(Object error, PrintStream to) {
        boolean shared = to != null && (to == System.out || to == System.err);
        Face face = shared ? caller() : null;
        if (face == null) {
            return false;
        }
        face.printStackTrace((Throwable) error, to == System.out ? STDOUT : STDERR);
        return true;
    }

    public static Object systemLoader() {
        Face face = caller();
        return face == null || !Callers.functionAsks() ? PASS : face.systemLoader();
    }

    /** For the splitting System.out and System.err: the caller's stream, or null for the host. */
    public static PrintStream enterStream(int stream) {
        Face face = caller();
        return face == null ? null : face.enterStream(stream);
    }

    /** For the splitting System.in: the caller's input, or null for the host. */
    public static InputStream enterInput() {
        Face face = caller();
        return face == null ? null : face.enterInput();
    }

    /** Ends an enterStream or enterInput (stream 0) that gave a stream of the function's own. */
    public static void leaveStream(int stream) {
        Face face = caller();
        if (face != null) {
            face.leaveStream(stream);
        }
    }
}
