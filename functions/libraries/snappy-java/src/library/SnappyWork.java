// Snappy: it is native code.
package library;

import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import org.xerial.snappy.Snappy;

public final class SnappyWork {
    private SnappyWork() {}

    public static JsonObject main(JsonObject args) throws Exception {
        byte[] text = "three cups".repeat(100).getBytes(StandardCharsets.UTF_8);
        Check.same(text.length, Snappy.uncompress(Snappy.compress(text)).length);
        return Check.works(Check.version("org.xerial.snappy", "snappy-java"));
    }
}
