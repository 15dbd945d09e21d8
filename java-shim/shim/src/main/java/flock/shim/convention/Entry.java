package flock.shim.convention;

/** The way into one function, found once at its initialisation, called for each call, by several lanes at once. */
public interface Entry {
    /** Calls the function. What it throws goes through. */
    void call(Exchange exchange) throws Throwable;

    /** Does no object of the function's live on from one call to the next but by static fields? */
    default boolean isStatic() {
        return false;
    }
}
