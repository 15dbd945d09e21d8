// Returns a result of about `bytes` bytes. `how`: text (one string), wide (many small members), unicode (a string of
// four-byte characters, so that a cut at a byte boundary falls inside one).
package hostile.bigresult;

import com.google.gson.JsonObject;

public final class BigResult {
    private BigResult() {}

    public static JsonObject main(JsonObject args) {
        int bytes = args.has("bytes") ? args.get("bytes").getAsInt() : 2 * 1024 * 1024;
        String how = args.has("how") ? args.get("how").getAsString() : "text";
        JsonObject result = new JsonObject();
        switch (how) {
            case "text" -> result.addProperty("text", "x".repeat(bytes));
            case "unicode" -> result.addProperty("text", "\ud83d\ude00".repeat(bytes / 4));
            case "wide" -> {
                // "12345678":1, is 13 bytes.
                for (int i = 0; i < bytes / 13; i++) result.addProperty(String.valueOf(10_000_000 + i), 1);
            }
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        return result;
    }
}
