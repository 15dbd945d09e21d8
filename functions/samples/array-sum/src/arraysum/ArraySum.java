// Adds the sum of `array` to `sum` and counts itself in `steps`; the long chain of ServerlessBench, in both of its shapes.
// As a hop of a sequence it hands its result on. With `next`, a list of actions, it calls the first of them with the rest.
package arraysum;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import flock.Flock;

public final class ArraySum {
    private ArraySum() {}

    public static JsonObject main(JsonObject args) {
        JsonArray array = args.getAsJsonArray("array");
        long sum = number(args, "sum");
        for (JsonElement element : array) {
            sum += element.getAsLong();
        }
        JsonObject result = new JsonObject();
        result.add("array", array);
        result.addProperty("sum", sum);
        result.addProperty("steps", number(args, "steps") + 1);
        JsonArray next = args.has("next") ? args.getAsJsonArray("next") : new JsonArray();
        if (next.isEmpty()) {
            return result;
        }
        String called = next.remove(0).getAsString();
        result.add("next", next);
        return Flock.call(called, result).getAsJsonObject();
    }

    private static long number(JsonObject args, String name) {
        return args.has(name) ? args.get(name).getAsLong() : 0;
    }
}
