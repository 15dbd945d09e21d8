package flock.boot;

/** The host throws it into the threads of a funclet that has to end. No code of the host catches it and goes on. */
public final class Stop extends Error {
    public Stop() {
        super("stopped by the host", null, false, false);
    }
}
