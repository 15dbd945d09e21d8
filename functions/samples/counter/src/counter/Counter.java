// Counts its own calls in a static: state lives as long as the host keeps this version of the action loaded.
// Calls of one instance may overlap, so the counter is atomic. Another action from the same jar counts by itself.
// Fails, with a clear result, when `step` is not a whole number.
package counter;

import com.google.gson.JsonObject;
import java.util.concurrent.atomic.AtomicLong;

public final class Counter {
    private static final AtomicLong COUNT = new AtomicLong();

    private Counter() {}

    public static JsonObject main(JsonObject args) {
        JsonObject result = new JsonObject();
        long step = 1;
        if (args.has("step")) {
            try {
                step = args.get("step").getAsBigDecimal().longValueExact();
            } catch (RuntimeException notWhole) {
                result.addProperty("error", "'step' must be a whole number");
                return result;
            }
        }
        result.addProperty("count", COUNT.addAndGet(step));
        return result;
    }
}
