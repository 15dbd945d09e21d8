package flock.shim.convention;

/** The way into one function, found once at its initialisation, called for each call, by several lanes at once. */
public interface Entry {
    /** Calls the function. What it throws goes through. */
    void call(Exchange exchange) throws Throwable;
}
