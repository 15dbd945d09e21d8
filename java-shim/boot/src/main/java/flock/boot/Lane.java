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
