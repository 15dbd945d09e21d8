package flock.shim.rewrite;

/** A class file that cannot be made safe. The message names the class. */
public final class RewriteFault extends Exception {
    private final boolean isUnreadable;

    public RewriteFault(String message, boolean isUnreadable) {
        super(message, null, false, false);
        this.isUnreadable = isUnreadable;
    }

    /** True when it is no class file that can be understood; false when it has no room for what has to be added. */
    public boolean isUnreadable() {
        return isUnreadable;
    }
}
