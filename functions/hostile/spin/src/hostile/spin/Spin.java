// Uses a CPU without pause. `how`: loop, regex, big-integer, copy, allocate; `millis` bounds it, 0 (if not given) means for ever.
// regex, big-integer and copy spend their time inside JDK code; their bound is looked at between rounds.
package hostile.spin;

import com.google.gson.JsonObject;
import java.math.BigInteger;
import java.util.regex.Pattern;

public final class Spin {
    private static volatile Object sink;

    private Spin() {}

    public static JsonObject main(JsonObject args) {
        String how = args.has("how") ? args.get("how").getAsString() : "loop";
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 0;
        long endNanos = System.nanoTime() + millis * 1_000_000;
        long rounds = 0;
        while (millis == 0 || System.nanoTime() < endNanos) {
            round(how, rounds++);
        }
        JsonObject result = new JsonObject();
        result.addProperty("rounds", rounds);
        return result;
    }

    private static void round(String how, long round) {
        switch (how) {
            case "loop" -> { }
            case "regex" -> sink = Pattern.compile("(a+)+b").matcher("a".repeat(22)).matches();
            case "big-integer" -> sink = BigInteger.valueOf(round + 3).pow(20_000).mod(BigInteger.valueOf(7));
            case "copy" -> {
                byte[] bytes = new byte[1 << 20];
                System.arraycopy(bytes, 0, bytes, 1, bytes.length - 1);
                sink = bytes;
            }
            case "allocate" -> sink = new byte[1024];
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
    }
}
