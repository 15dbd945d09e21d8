package flock.shim.call;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import flock.CallFailed;
import flock.boot.Port;
import flock.shim.json.JsonFault;
import flock.shim.json.Reader;
import flock.shim.json.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Calls of other actions that the function on a lane makes. Payload and result cross as text, so neither side can change
 * what the other holds.
 */
final class Calls {
    private static final int SUCCESS = 0;
    private static final int FAILED = 1;

    private final Port port;

    Calls(Port port) {
        this.port = port;
    }

    long ask(String action, JsonElement payload) {
        Writer writer = new Writer();
        try {
            writer.write(payload, Integer.MAX_VALUE);
        } catch (JsonFault fault) {
            throw new IllegalArgumentException("the payload cannot be written as JSON: " + fault.getMessage());
        }
        return port.ask(action, Arrays.copyOf(writer.bytes(), writer.length()));
    }

    /** See {@link Port#asked}. */
    Object asked(long ticket, int millis) {
        byte[] end = port.asked(ticket, millis);
        if (end == null) {
            return null;
        }
        if (end[0] != SUCCESS && end[0] != FAILED) {
            return new CallFailed(new String(end, 1, end.length - 1, StandardCharsets.UTF_8), null);
        }
        JsonElement result = new Reader().read(end, 1, end.length - 1);
        return end[0] == SUCCESS ? result : new CallFailed(message(result), result);
    }

    private static String message(JsonElement result) {
        JsonElement error = result instanceof JsonObject ? ((JsonObject) result).get("error") : null;
        boolean isText = error != null && error.isJsonPrimitive();
        return isText ? error.getAsString() : String.valueOf(error);
    }
}
