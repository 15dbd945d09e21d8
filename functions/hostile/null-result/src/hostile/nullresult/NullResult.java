// Returns null instead of a result.
package hostile.nullresult;

import com.google.gson.JsonObject;

public final class NullResult {
    private NullResult() {}

    public static JsonObject main(JsonObject args) {
        return null;
    }
}
