package flock;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import flock.boot.Lane;
import java.util.concurrent.Future;

/**
 * Calls from one action to another, inside the host. The jar `flock-api` has a class of the same name that does the same
 * over HTTP, for functions that run elsewhere; here this one counts, whatever a function's jar brings.
 *
 * An action is named as in the REST API: {@code name}, {@code package/name}, {@code /namespace/package/name}. It runs with
 * its own limits, on a lane of its own function, and leaves a record whose {@code cause} is the caller's activation.
 * The caller's time goes on meanwhile. Only the thread that runs a call may ask.
 */
public final class Flock {
    private Flock() {}

    /**
     * Calls an action and waits for its result, an object or an array.
     *
     * @throws CallFailed when the action fails, or may not be called
     */
    public static JsonElement call(String action, JsonObject payload) {
        return Lane.call(action, payload).join();
    }

    /**
     * Begins a call. The future is good until the caller's own call ends, for the thread that began it; its
     * {@code get} throws ExecutionException with a {@link CallFailed}. What was begun cannot be cancelled.
     */
    public static Future<JsonElement> callAsync(String action, JsonObject payload) {
        return Lane.call(action, payload);
    }
}
