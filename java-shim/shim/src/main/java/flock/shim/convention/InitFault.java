package flock.shim.convention;

/**
 * A function that cannot be initialised. The message says what is wrong and what is expected, in the shape of a
 * throwable's text; the cause, where there is one, is what the function itself threw and belongs in its log.
 */
public final class InitFault extends Exception {
    InitFault(String message, Throwable cause) {
        super(message, cause, false, false);
    }
}
