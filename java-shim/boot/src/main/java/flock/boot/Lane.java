package flock.boot;

/**
 * A Java thread that belongs to one funclet, or to the chains of one namespace, for its whole life.
 *
 * `Thread.currentThread() instanceof Lane` is the cheap answer to "who is calling". A stop by the host ends the
 * thread here and nowhere else; the lane never answers afterwards, the host sees the thread end.
 */
public final class Lane extends Thread {
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
