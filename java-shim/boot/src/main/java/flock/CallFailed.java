package flock;

import com.google.gson.JsonElement;

/** An action that was called did not end well, or could not be called. The message is its error's text. */
public final class CallFailed extends RuntimeException {
    private final transient JsonElement response;

    public CallFailed(String message, JsonElement response) {
        super(message);
        this.response = response;
    }

    /** The whole result of the action, an object with {@code error}; null when it was not called at all. */
    public JsonElement response() {
        return response;
    }
}
