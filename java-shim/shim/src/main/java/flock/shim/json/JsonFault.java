package flock.shim.json;

/** A text that is no JSON, or a value that JSON cannot express. Its message is for the function's author. */
public final class JsonFault extends RuntimeException {
    JsonFault(String message) {
        super(message, null, false, false);
    }

    /** The same fault with words before its message that say what it is about. */
    public JsonFault about(String what) {
        return new JsonFault(what + getMessage());
    }
}
