package flock.utils;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Sorts {@code lines} as texts; without lines there are none. */
public final class Sort {
    private Sort() {}

    public static JsonObject main(JsonObject args) {
        JsonObject result = new JsonObject();
        JsonElement given = args.has("lines") ? args.get("lines") : new JsonArray();
        if (!given.isJsonArray()) {
            result.addProperty("error", "'lines' must be an array");
            return result;
        }
        List<JsonElement> lines = new ArrayList<>();
        given.getAsJsonArray().forEach(lines::add);
        lines.sort(Comparator.comparing(Sort::text));
        JsonArray sorted = new JsonArray();
        lines.forEach(sorted::add);
        result.add("lines", sorted);
        result.addProperty("length", sorted.size());
        return result;
    }

    private static String text(JsonElement line) {
        return line instanceof JsonPrimitive ? line.getAsString() : line.toString();
    }
}
