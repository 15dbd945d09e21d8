// Returns its environment: all of it, or the one variable that `name` names. `write` tries to change it, `thread` asks from a
// thread of its own. What it must not see is the host's environment, nor another function's.
package hostile.env;

import com.google.gson.JsonObject;
import java.util.Map;

public final class Env {
    private Env() {}

    public static JsonObject main(JsonObject args) throws InterruptedException {
        JsonObject result = new JsonObject();
        if (args.has("write")) result.addProperty("write", write());
        if (args.has("thread")) {
            Thread thread = new Thread(() -> read(args, result), "reads-env");
            thread.start();
            thread.join();
        } else {
            read(args, result);
        }
        return result;
    }

    private static void read(JsonObject args, JsonObject result) {
        if (args.has("name")) {
            result.addProperty("value", System.getenv(args.get("name").getAsString()));
            return;
        }
        JsonObject all = new JsonObject();
        for (Map.Entry<String, String> entry : System.getenv().entrySet()) {
            all.addProperty(entry.getKey(), entry.getValue());
        }
        result.add("env", all);
    }

    private static String write() {
        try {
            System.getenv().put("FLOCK_WRITTEN", "yes");
            return "done";
        } catch (UnsupportedOperationException refused) {
            return "refused";
        }
    }
}
