package flock.shim.convention;

/** One way of writing a function. A new one is one file and one row in {@link Conventions}. */
interface Convention {
    /**
     * Loads and initialises what `main` names and finds the way to call it. Null when this is not of this convention.
     * Runs function code (static initialisers).
     */
    Entry bind(Target target) throws InitFault;
}
