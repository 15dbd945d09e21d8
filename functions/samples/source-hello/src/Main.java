// A function deployed as source: the host compiles this one file. The class is called Main, as OpenWhisk's
// ActionLoop has it; a second class in the file is fine.
// Fails, with a clear result, when the name is not text.
import com.google.gson.JsonObject;

public class Main {
    public static JsonObject main(JsonObject args) {
        JsonObject result = new JsonObject();
        if (!args.has("name")) {
            result.addProperty("greeting", new Greeter("Hello").greet("stranger"));
        } else if (args.get("name").isJsonPrimitive()) {
            result.addProperty("greeting", new Greeter("Hello").greet(args.get("name").getAsString()));
        } else {
            result.addProperty("error", "'name' must be a string");
        }
        return result;
    }
}

record Greeter(String word) {
    String greet(String name) {
        return word + ", " + name + ", from source!";
    }
}
