// Returns a result that is hard to write. `how`: object and array (`depth` levels, 100000 if not given), cycle (contains
// itself), laughs (64 levels, each the one below it twice: 2^64 values), racing (a thread changes it while it is written).
package hostile.deepresult;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;

public final class DeepResult {
    private DeepResult() {}

    public static JsonObject main(JsonObject args) {
        String how = args.has("how") ? args.get("how").getAsString() : "object";
        int depth = args.has("depth") ? args.get("depth").getAsInt() : 100_000;
        JsonObject result = new JsonObject();
        switch (how) {
            case "object", "array" -> result.add("deep", deep(how, depth));
            case "cycle" -> result.add("self", result);
            case "laughs" -> result.add("laughs", laughs());
            case "racing" -> {
                for (int i = 0; i < 1_000; i++) result.addProperty("member" + i, i);
                Thread thread = new Thread(() -> race(result), "races");
                thread.setDaemon(true);
                thread.start();
            }
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        return result;
    }

    private static JsonElement deep(String how, int depth) {
        JsonElement value = new JsonPrimitive("bottom");
        for (int i = 0; i < depth; i++) {
            if (how.equals("array")) {
                JsonArray outer = new JsonArray();
                outer.add(value);
                value = outer;
            } else {
                JsonObject outer = new JsonObject();
                outer.add("d", value);
                value = outer;
            }
        }
        return value;
    }

    private static JsonElement laughs() {
        JsonElement value = new JsonPrimitive("ha");
        for (int i = 0; i < 64; i++) {
            JsonArray twice = new JsonArray();
            twice.add(value);
            twice.add(value);
            value = twice;
        }
        return value;
    }

    private static void race(JsonObject result) {
        long endNanos = System.nanoTime() + 500_000_000L;
        for (int i = 0; System.nanoTime() < endNanos; i++) {
            result.addProperty("extra" + i % 100, i);
            result.remove("extra" + (i + 50) % 100);
        }
    }
}
