package flock.boot;

/** Hooks that keep the hops of a chain apart although they run on one thread, one after the other. */
public final class ChainGate {
    private ChainGate() {}

    /** Threads that a hop starts are in the group of its funclet: new ones take that of the thread that makes them. */
    public static Object group(Object thread) {
        return thread instanceof Lane ? ((Lane) thread).hopGroup() : Gate.PASS;
    }

    /** Thread.getName: a hop may have said there what it works on. */
    public static Object name(Object thread) {
        return !(thread instanceof Lane) || ((Lane) thread).isShown() ? Gate.PASS : "chain";
    }

    /** LockSupport.getBlocker. */
    public static Object blocker(Thread thread) {
        return thread instanceof Lane ? ((Lane) thread).blocker() : Gate.PASS;
    }

    /** What a hop left running may hold the lane's thread; it reaches the calls of its own funclet there, no others. */
    public static boolean interrupt(Object thread) {
        if (!(thread instanceof Lane) || thread == Thread.currentThread()) {
            return false;
        }
        Seat seat = ((Lane) thread).seat;
        Face face = seat == null ? null : Gate.caller();
        return face != null && seat.interruptBy(face.budget());
    }
}
