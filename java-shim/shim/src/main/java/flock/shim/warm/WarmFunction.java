package flock.shim.warm;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Map;

/** The function that the warm-up runs. It is loaded from an image like any other, so it names only gson and the JDK. */
final class WarmFunction {
    private WarmFunction() {}

    public static JsonObject main(JsonObject payload) {
        if (payload.has("fail")) {
            throw new IllegalStateException(payload.get("fail").getAsString());
        }
        System.out.println("warm " + System.getenv("__OW_ACTIVATION_ID"));
        JsonObject result = new JsonObject();
        for (Map.Entry<String, JsonElement> member : payload.entrySet()) {
            result.add(member.getKey(), member.getValue());
        }
        return result;
    }

    public static JsonArray main(JsonArray payload) {
        return payload;
    }
}
