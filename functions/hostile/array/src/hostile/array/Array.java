// Arrays in and out: main reverses one. toArray and toObject go from one type to the other, so that chains can cross.
package hostile.array;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

public final class Array {
    private Array() {}

    public static JsonArray main(JsonArray args) {
        JsonArray result = new JsonArray(args.size());
        for (int i = args.size() - 1; i >= 0; i--) result.add(args.get(i));
        return result;
    }

    public static JsonArray toArray(JsonObject args) {
        JsonArray result = new JsonArray();
        for (String key : args.keySet()) result.add(key);
        return result;
    }

    public static JsonObject toObject(JsonArray args) {
        JsonObject result = new JsonObject();
        int i = 0;
        for (JsonElement element : args) result.add(String.valueOf(i++), element);
        return result;
    }
}
