package flock.shim.call;

/** The texts that a client sees, in the words of OpenWhisk's Java runtime where it has some. */
final class Messages {
    static final String INVOKING = "An error has occurred while invoking the action (see logs for details): ";
    static final String INITIALISING = "An error has occurred during initialization (see logs for details): ";
    static final String NULL_RESULT = "The action returned null";
    static final String INIT_STOPPED = INITIALISING + "the initialization was stopped";

    /** The answer to a call that only initialises. */
    static final String PREPARED = "{}";

    static final String WORDLESS = INVOKING + "the error could not be described";

    private Messages() {}

    static String exit(int status) {
        return INVOKING + "java.lang.SecurityException: System.exit(" + status + ") called from within an action.";
    }
}
