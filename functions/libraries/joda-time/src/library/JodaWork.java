// Joda-Time: dates in zones of its own.
package library;

import com.google.gson.JsonObject;
import org.joda.time.DateTime;
import org.joda.time.DateTimeZone;

public final class JodaWork {
    private JodaWork() {}

    public static JsonObject main(JsonObject args) throws Exception {
        DateTime noon = new DateTime(2024, 2, 29, 12, 0, DateTimeZone.forID("Europe/Berlin"));
        Check.same("2025-02-28T11:00:00.000Z", noon.plusYears(1).withZone(DateTimeZone.UTC).toString());
        return Check.works(Check.version("joda-time", "joda-time"));
    }
}
