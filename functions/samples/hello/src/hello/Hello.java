// Greets the caller by name: the smallest function of OpenWhisk's Java convention.
// Fails, with a clear result, when the name is not text.
package hello;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

public final class Hello {
    private Hello() {}

    public static JsonObject main(JsonObject args) {
        JsonObject result = new JsonObject();
        JsonElement name = args.get("name");
        if (name == null || name.isJsonNull()) {
            result.addProperty("greeting", "Hello, stranger!");
        } else if (name.isJsonPrimitive() && name.getAsJsonPrimitive().isString()) {
            result.addProperty("greeting", "Hello, " + name.getAsString() + "!");
        } else {
            result.addProperty("error", "'name' must be a string");
        }
        return result;
    }
}
