package flock.boot;

import java.lang.Thread.UncaughtExceptionHandler;

/** Hooks around threads that functions start: who they belong to, how many there may be, and how they end. */
public final class ThreadGate {
    private ThreadGate() {}

    /** Thread.start, also by JDK code that works for a function. Helper threads of the JDK itself are not its own. */
    public static void start(Object thread) {
        Face face = thread instanceof Lane ? null : Gate.caller();
        if (face == null || isHelper((Thread) thread)) {
            return;
        }
        if (Callers.isInitialisingJdk()) {
            return;
        }
        Budget budget = face.budget();
        if (budget.isCondemned()) {
            // Else a pool would replace each worker that is stopped.
            throw Guard.stop();
        }
        int answer = budget.startThread((Thread) thread);
        if (answer != Budget.GO_ON) {
            boolean isOfAction = answer >= 0;
            throw new OutOfMemoryError("unable to create native thread: the limit of "
                    + (isOfAction ? answer + " threads of the action" : Budget.OF_NAMESPACE - answer + " threads of the namespace")
                    + " is reached");
        }
    }

    /** Thread.stop, suspend and resume: newer JDKs refuse them to everybody. */
    public static void seize(Object thread) {
        if (Gate.caller() != null) {
            throw new UnsupportedOperationException("a function cannot stop, suspend or resume threads");
        }
    }

    public static void start(Object thread, Object container) {
        start(thread);
    }

    /** The watcher of a folder is the function's own on every JDK: its descriptors are closed when no thread lives. */
    private static boolean isHelper(Thread thread) {
        return thread.getClass().getName().equals("jdk.internal.misc.InnocuousThread")
                && thread.getClass().getClassLoader() == null && !thread.getName().startsWith("FileSystemWatch");
    }

    /** A thread has ended by an error. What is stopped ends in silence: its handler is function code and could go on. */
    public static boolean uncaught(Object thread, Throwable error) {
        if (error instanceof Stop || error instanceof Exit) {
            return true;
        }
        Face face = Gate.condemned == 0 ? null : Gate.caller();
        return face != null && face.budget().isCondemned();
    }

    /** The handler for all threads is for those of the funclet only. */
    public static boolean setDefaultHandler(UncaughtExceptionHandler handler) {
        Face face = Gate.caller();
        if (face == null) {
            return false;
        }
        face.budget().setDefaultHandler(handler);
        return true;
    }

    public static Object getDefaultHandler() {
        Face face = Gate.caller();
        return face == null ? Gate.PASS : face.budget().defaultHandler();
    }
}
