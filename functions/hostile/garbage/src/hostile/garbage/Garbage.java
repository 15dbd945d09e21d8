// Makes garbage and keeps nothing, `mebibytes` in all (64 if not given; 0: without end) within `millis` milliseconds (1000; 0: for ever).
// `how`: small (objects of 16 bytes), arrays (of `bytesEach`, 1024), large (of 8 MiB), text (concatenation), map (a HashMap that is dropped).
// It is a hog of the collector, not of memory: it may be slowed down or stopped for its rate, never for its live heap.
package hostile.garbage;

import com.google.gson.JsonObject;
import java.util.HashMap;
import java.util.Map;

public final class Garbage {
    private static volatile Object sink;

    private Garbage() {}

    public static JsonObject main(JsonObject args) {
        String how = args.has("how") ? args.get("how").getAsString() : "arrays";
        long mebibytes = args.has("mebibytes") ? args.get("mebibytes").getAsLong() : 64;
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 1_000;
        int bytesEach = args.has("bytesEach") ? args.get("bytesEach").getAsInt() : 1024;
        long endNanos = millis == 0 ? Long.MAX_VALUE : System.nanoTime() + millis * 1_000_000;
        long endBytes = mebibytes == 0 ? Long.MAX_VALUE : mebibytes << 20;
        long bytes = 0;
        while (bytes < endBytes && System.nanoTime() < endNanos) {
            bytes += make(how, bytesEach);
        }
        JsonObject result = new JsonObject();
        result.addProperty("bytes", bytes);
        return result;
    }

    /** Gives about how many bytes it made. */
    private static long make(String how, int bytesEach) {
        switch (how) {
            case "small" -> {
                for (int i = 0; i < 1000; i++) sink = new Object();
                return 16_000;
            }
            case "arrays" -> {
                sink = new byte[bytesEach];
                return bytesEach + 16L;
            }
            case "large" -> {
                sink = new byte[8 << 20];
                return 8 << 20;
            }
            case "text" -> {
                String text = "";
                for (int i = 0; i < 100; i++) text += i;
                sink = text;
                return 10_000;
            }
            case "map" -> {
                Map<Integer, String> map = new HashMap<>();
                for (int i = 0; i < 1000; i++) map.put(i, Integer.toString(i));
                sink = map;
                return 100_000;
            }
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
    }
}
