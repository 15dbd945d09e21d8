// A hop of a sequence that keeps what it was given or gave, and changes it later. It returns {"n":1,"list":[1,2,3],"nested":{"a":1}}, and
// 60 ms later a thread of its own changes for `millis` (1000 if not given; 0: never ends) what `how` says: result, input, member (an array
// inside), entry-set (a view of the result), iterator (one of the array), number (a Number that changes), or nothing. cached: the same
// object is returned by each call, and each call adds one to its "n".
package hostile.keeper;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.ListIterator;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

public final class Keeper {
    private static final long PAUSE_MILLIS = 60;
    private static final JsonObject CACHED = fresh();
    private static JsonObject kept;

    private Keeper() {}

    public static JsonObject main(JsonObject args) {
        String how = args.has("how") ? args.get("how").getAsString() : "result";
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 1000;
        // What it is told is not for the next hop.
        args.remove("how");
        args.remove("millis");
        JsonObject result = fresh();
        JsonArray list = result.getAsJsonArray("list");
        switch (how) {
            case "result" -> change(millis, i -> {
                result.addProperty("n", -i);
                result.addProperty("x" + i % 100, i);
                result.getAsJsonObject("nested").addProperty("a", -i);
            });
            case "input" -> {
                kept = args;
                args.add("nested", result.get("nested"));
                args.add("list", list);
                args.addProperty("n", 1);
                change(millis, i -> {
                    kept.addProperty("n", -i);
                    kept.remove("list");
                });
                return args;
            }
            case "member" -> change(millis, i -> {
                list.add(i);
                list.set(0, new JsonPrimitive(-i));
            });
            case "entry-set" -> {
                var entries = result.entrySet();
                change(millis, i -> {
                    for (Map.Entry<String, JsonElement> entry : entries) entry.setValue(new JsonPrimitive(-i));
                });
            }
            case "iterator" -> {
                ListIterator<JsonElement> elements = list.asList().listIterator();
                elements.next();
                change(millis, i -> elements.set(new JsonPrimitive(-i)));
            }
            case "number" -> {
                AtomicLong number = new AtomicLong(1);
                result.add("n", new JsonPrimitive(number));
                change(millis, i -> number.set(-i));
            }
            case "cached" -> {
                long n = CACHED.get("n").getAsLong();
                if (args.has("add")) CACHED.addProperty("n", n + 1);
                return CACHED;
            }
            case "nothing" -> { }
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        return result;
    }

    private static JsonObject fresh() {
        JsonObject result = new JsonObject();
        result.addProperty("n", 1);
        JsonArray list = new JsonArray();
        for (int i = 1; i <= 3; i++) list.add(i);
        result.add("list", list);
        JsonObject nested = new JsonObject();
        nested.addProperty("a", 1);
        result.add("nested", nested);
        return result;
    }

    /** Until the hop is over, most likely. */
    private static void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
        }
    }

    private interface Step {
        void at(int i);
    }

    private static void change(long millis, Step step) {
        Thread thread = new Thread(() -> {
            pause();
            long end = System.nanoTime() + millis * 1_000_000;
            for (int i = 1; millis == 0 || System.nanoTime() < end; i++) {
                try {
                    step.at(i);
                } catch (RuntimeException raced) {
                    // Somebody else has changed it too; it goes on.
                }
            }
        }, "hostile-keeper");
        thread.setDaemon(true);
        thread.start();
    }
}
