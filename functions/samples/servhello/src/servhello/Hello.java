// The shape of ServerlessBench's Hello: a jar that carries its own gson, and a main that answers at once.
// A host that lets that copy of gson through would not find this main: JsonObject must be the host's type.
// Fails, with a clear result, when the name is not text.
package servhello;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.util.Map;

public class Hello {
    public static JsonObject main(JsonObject args) {
        return new Gson().toJsonTree(answer(args)).getAsJsonObject();
    }

    private static Map<String, String> answer(JsonObject args) {
        if (!args.has("name")) return Map.of("result", "Hello, stranger");
        if (!args.get("name").isJsonPrimitive()) return Map.of("error", "'name' must be a string");
        return Map.of("result", "Hello, " + args.get("name").getAsString());
    }
}
