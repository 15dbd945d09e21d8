// Takes `mebibytes` MiB (1 if not given; 0: without end) outside of the heap and keeps it. `how`: one (a single buffer),
// many (1 MiB each), small (4 KiB each), dropped (kept by nobody: may go on for ever without harm).
// `millis` (0 if not given) is slept at the end.
package hostile.direct;

import com.google.gson.JsonObject;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

public final class Direct {
    private static final List<ByteBuffer> KEPT = new ArrayList<>();

    private Direct() {}

    public static JsonObject main(JsonObject args) throws InterruptedException {
        String how = args.has("how") ? args.get("how").getAsString() : "many";
        long mebibytes = args.has("mebibytes") ? args.get("mebibytes").getAsLong() : 1;
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 0;
        int pieceBytes = switch (how) {
            case "one" -> (int) Math.min(Math.max(1, mebibytes) << 20, Integer.MAX_VALUE);
            case "many", "dropped" -> 1 << 20;
            case "small" -> 4 << 10;
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        };
        long pieces = mebibytes == 0 ? Long.MAX_VALUE : (mebibytes << 20) / pieceBytes;
        for (long i = 0; i < pieces; i++) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(pieceBytes);
            buffer.put(pieceBytes - 1, (byte) 1);
            if (!how.equals("dropped")) KEPT.add(buffer);
        }
        if (millis > 0) Thread.sleep(millis);
        JsonObject result = new JsonObject();
        result.addProperty("buffers", KEPT.size());
        return result;
    }
}
