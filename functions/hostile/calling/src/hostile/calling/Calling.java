// Calls `action` with `payload` from Java. `how`: call, catch (the failure is the result), async (`count` at a time),
// thread (from a thread of its own), kept (waits for a call that an earlier run began), flood (begins for ever), timed
// (waits `millis` and then gives up), mutate (changes the payload while the called one runs), class (who made the class).
// With `length` the payload has a text so long.
package hostile.calling;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import flock.CallFailed;
import flock.Flock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

public final class Calling {
    private static Future<JsonElement> kept;

    private Calling() {}

    public static JsonObject main(JsonObject args) throws Exception {
        String how = args.has("how") ? args.get("how").getAsString() : "call";
        String action = args.has("action") ? args.get("action").getAsString() : "echo";
        JsonObject payload = args.has("payload") ? args.getAsJsonObject("payload") : new JsonObject();
        if (args.has("length")) {
            payload.addProperty("text", "x".repeat(args.get("length").getAsInt()));
        }
        JsonObject result = new JsonObject();
        switch (how) {
            case "call" -> result.add("answer", Flock.call(action, payload));
            case "catch" -> {
                try {
                    result.add("answer", Flock.call(action, payload));
                } catch (CallFailed failed) {
                    result.addProperty("failed", failed.getMessage());
                    result.add("response", failed.response());
                }
            }
            case "async" -> result.add("answers", all(action, payload, args.get("count").getAsInt()));
            case "thread" -> {
                String[] said = new String[1];
                Thread thread = new Thread(() -> {
                    try {
                        said[0] = String.valueOf(Flock.call(action, payload));
                    } catch (RuntimeException refused) {
                        said[0] = refused.toString();
                    }
                });
                thread.start();
                thread.join();
                result.addProperty("said", said[0]);
            }
            case "kept" -> {
                if (kept == null) {
                    kept = Flock.callAsync(action, payload);
                } else {
                    try {
                        result.add("answer", kept.get());
                    } catch (ExecutionException refused) {
                        result.addProperty("failed", refused.getCause().getMessage());
                    }
                }
            }
            case "flood" -> {
                for (int i = 0;; i++) {
                    Future<JsonElement> begun = Flock.callAsync(action, payload);
                    if (begun.isDone()) {
                        try {
                            begun.get();
                        } catch (ExecutionException refused) {
                            result.addProperty("begun", i);
                            result.addProperty("failed", refused.getCause().getMessage());
                            return result;
                        }
                    }
                }
            }
            case "timed" -> {
                try {
                    result.add("answer",
                            Flock.callAsync(action, payload).get(args.get("millis").getAsLong(), TimeUnit.MILLISECONDS));
                } catch (TimeoutException over) {
                    result.addProperty("over", true);
                }
            }
            case "mutate" -> {
                Future<JsonElement> begun = Flock.callAsync(action, payload);
                payload.addProperty("mutated", true);
                result.add("answer", begun.get());
            }
            case "class" -> {
                result.addProperty("loaderIsNull", Flock.class.getClassLoader() == null);
                result.addProperty("ofParent", Calling.class.getClassLoader().getParent().loadClass("flock.Flock") == Flock.class);
            }
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        return result;
    }

    private static JsonArray all(String action, JsonObject payload, int count) throws Exception {
        List<Future<JsonElement>> begun = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            payload.addProperty("at", i);
            begun.add(Flock.callAsync(action, payload));
        }
        JsonArray answers = new JsonArray();
        for (Future<JsonElement> one : begun) {
            answers.add(one.get());
        }
        return answers;
    }
}
