package flock.boot;

/** The face of one lane, with its work. The shim extends it; the lane runs it once, on its own thread. */
public abstract class Seat extends Face {
    /** Takes calls until the host ends the lane. */
    protected abstract void serve();

    /** Makes the lane of this seat, not started. */
    protected final Lane lane(Group group, String name) {
        return new Lane(group, this, name);
    }
}
