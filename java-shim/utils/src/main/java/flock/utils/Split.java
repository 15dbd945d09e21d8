package flock.utils;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.regex.Pattern;

/** Splits {@code payload} at {@code separator}, or into lines. The separator is a text, not a pattern. */
public final class Split {
    private Split() {}

    public static JsonObject main(JsonObject args) {
        JsonObject result = new JsonObject();
        JsonElement payload = args.get("payload");
        if (!(payload instanceof JsonPrimitive)) {
            result.addProperty("error", "'payload' must be a string");
            return result;
        }
        JsonElement separator = args.get("separator");
        if (separator != null && !(separator instanceof JsonPrimitive && ((JsonPrimitive) separator).isString())) {
            result.addProperty("error", "'separator' must be a string");
            return result;
        }
        String at = separator == null || separator.getAsString().isEmpty() ? "\r?\n" : Pattern.quote(separator.getAsString());
        JsonArray lines = new JsonArray();
        for (String line : payload.getAsString().split(at, -1)) lines.add(line);
        result.add("lines", lines);
        result.add("payload", payload);
        return result;
    }
}
