package flock.boot;

import java.lang.reflect.Field;

/**
 * A Java thread that belongs to one funclet, or to the chains of one namespace, for its whole life.
 *
 * `Thread.currentThread() instanceof Lane` is the cheap answer to "who is calling". A stop by the host ends the
 * thread here and nowhere else; the lane never answers afterwards, the host sees the thread end.
 */
public final class Lane extends Thread {
    private static final StackTraceElement[] NO_FRAMES = {};
    private static final Field BLOCKER;

    static {
        try {
            BLOCKER = Thread.class.getDeclaredField("parkBlocker");
            BLOCKER.setAccessible(true);
        } catch (ReflectiveOperationException unknown) {
            throw new ExceptionInInitializerError(unknown);
        }
    }

    final Seat seat;
    private boolean served;

    Lane(Group group, Seat seat, String name) {
        super(group, null, name, 0, false);
        this.seat = seat;
        setDaemon(true);
    }

    /** Begins a call of another action, for the function that runs on the calling thread. */
    public static Asked call(String action, Object payload) {
        Thread thread = Thread.currentThread();
        Seat own = thread instanceof Lane ? ((Lane) thread).seat : null;
        if (own == null || own.isVacant()) {
            throw new IllegalStateException("only the thread that runs a call can call another action");
        }
        if (action == null || payload == null) {
            throw new NullPointerException(action == null ? "action" : "payload");
        }
        return new Asked(own, own.ask(action, payload));
    }

    /**
     * What runs here, if the one who asks may know: the lane itself asks, or the host, or the function whose call it is. Null where
     * it is another's, as when somebody kept the thread of a lane of chains: for him it is as if it had ended. The same answer
     * before and after a look says that the look was at nothing else. The host asks while it makes lanes, also in a full heap.
     */
    private Object asked() {
        if (Thread.currentThread() == this || seat == null || Gate.isHosts()) {
            return this;
        }
        Face face = Gate.caller();
        return face == null ? this : seat.runs(face.budget());
    }

    boolean isOf(Face face) {
        return seat != null && seat.runs(face.budget()) != null;
    }

    @Override
    public ClassLoader getContextClassLoader() {
        Object mine = asked();
        ClassLoader loader = mine == null ? null : super.getContextClassLoader();
        return asked() == mine ? loader : null;
    }

    @Override
    public StackTraceElement[] getStackTrace() {
        Object mine = asked();
        StackTraceElement[] stack = mine == null ? NO_FRAMES : super.getStackTrace();
        return asked() == mine ? stack : NO_FRAMES;
    }

    @Override
    public UncaughtExceptionHandler getUncaughtExceptionHandler() {
        Object mine = asked();
        UncaughtExceptionHandler handler = mine == null ? null : super.getUncaughtExceptionHandler();
        return asked() == mine ? handler : null;
    }

    @Override
    public State getState() {
        Object mine = asked();
        State state = mine == null ? State.TERMINATED : super.getState();
        return asked() == mine ? state : State.TERMINATED;
    }

    @Override
    public boolean isInterrupted() {
        Object mine = asked();
        return mine != null && super.isInterrupted() && asked() == mine;
    }

    /** May who asks know the name that the hop that runs has given the thread? */
    boolean isShown() {
        return asked() != null;
    }

    /** The group of the hop that runs; Gate.PASS for that of the thread. */
    Object hopGroup() {
        Object mine = asked();
        ThreadGroup group = mine == null || seat == null ? null : seat.hopGroup();
        return mine == null || asked() != mine ? null : group == null ? Gate.PASS : group;
    }

    /** What it waits on, where that is said. */
    Object blocker() {
        try {
            Object mine = asked();
            Object blocker = mine == null ? null : BLOCKER.get(this);
            return asked() == mine ? blocker : null;
        } catch (IllegalAccessException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @Override
    public void run() {
        // A function can call run() on its own thread; the lane must not be entered twice.
        if (served || Thread.currentThread() != this) {
            return;
        }
        served = true;
        try {
            seat.serve();
        } catch (Stop stop) {
            // The host stopped this lane and has answered its call.
        }
    }
}
