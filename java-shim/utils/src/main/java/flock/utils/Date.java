package flock.utils;

import com.google.gson.JsonObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Says what time it is, in the form of ISO 8601. */
public final class Date {
    private Date() {}

    public static JsonObject main(JsonObject args) {
        JsonObject result = new JsonObject();
        result.addProperty("date", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
        return result;
    }
}
