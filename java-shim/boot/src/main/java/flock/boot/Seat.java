package flock.boot;

/** The face of one lane, with its work. The shim extends it; the lane runs it once, on its own thread. */
public abstract class Seat extends Face {
    /** Takes calls until the host ends the lane. */
    protected abstract void serve();

    /** True while the lane belongs to no funclet, as between the hops of a chain: then the host may work on it. */
    protected boolean isVacant() {
        return false;
    }

    /** The thread group of the hop that runs; null where the lane's own group is the right one. */
    protected ThreadGroup hopGroup() {
        return null;
    }

    /** What runs on the lane, another object for each call where it serves several, if it is the caller's; null if it is another's. */
    protected Object runs(Budget caller) {
        return budget() == caller ? this : null;
    }

    /**
     * A function wants to interrupt the lane. False: it may. True: it was done, if the call that runs is its own, and
     * not otherwise.
     */
    protected boolean interruptBy(Budget caller) {
        return false;
    }

    /** Begins a call of another action. Gives a ticket for its end. */
    protected abstract long ask(String action, Object payload);

    /** The end of a call that was begun: a JsonElement or a CallFailed; null while it has not come after so long. */
    protected abstract Object asked(long ticket, int millis);

    /** Makes the lane of this seat, not started. */
    protected final Lane lane(Group group, String name) {
        return new Lane(group, this, name);
    }
}
