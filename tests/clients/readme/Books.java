// What the README's section on endpoints deploys: tells which book was asked for.
import com.google.gson.JsonObject;

public class Books {
    public static JsonObject main(JsonObject args) {
        JsonObject result = new JsonObject();
        result.addProperty("book", args.get("id").getAsString());
        return result;
    }
}
