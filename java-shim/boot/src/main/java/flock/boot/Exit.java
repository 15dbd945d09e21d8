package flock.boot;

/** Thrown in a function's thread that calls System.exit. Whether the function lets it through or not, the call ends so. */
public final class Exit extends Error {
    private final int status;

    public Exit(int status) {
        super("System.exit(" + status + ") called from within an action.", null, false, false);
        this.status = status;
    }

    public int status() {
        return status;
    }
}
