// Asks for `mebibytes` MiB (1 if not given) in one piece. `how`: one (long[]), references, multi (int[][]), reflect, clone, copy-of,
// builder, stream (these two grow by doubling), buffer, repeat, list, integer (BigInteger.shiftLeft), fill (String.format's width).
// one, references, multi and clone ask in the function's own code, the others inside the JDK.
// It holds what it got for `millis` milliseconds (0 if not given), so that whoever measures can see it.
package hostile.hugearray;

import com.google.gson.JsonObject;
import java.io.ByteArrayOutputStream;
import java.lang.reflect.Array;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;

public final class HugeArray {
    private static volatile Object held;

    private HugeArray() {}

    public static JsonObject main(JsonObject args) throws InterruptedException {
        String how = args.has("how") ? args.get("how").getAsString() : "one";
        long mebibytes = args.has("mebibytes") ? args.get("mebibytes").getAsLong() : 1;
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 0;
        int bytes = (int) Math.min(mebibytes << 20, Integer.MAX_VALUE - 16);
        held = ask(how, mebibytes, bytes);
        if (millis > 0) Thread.sleep(millis);
        JsonObject result = new JsonObject();
        result.addProperty("made", held.getClass().getName());
        held = null;
        return result;
    }

    private static Object ask(String how, long mebibytes, int bytes) {
        int megs = (int) mebibytes;
        return switch (how) {
            case "one" -> new long[(int) Math.min(mebibytes << 17, Integer.MAX_VALUE - 16)];
            case "references" -> new Object[(int) Math.min(mebibytes << 18, Integer.MAX_VALUE - 16)];
            case "multi" -> new int[megs][1 << 18];
            case "reflect" -> Array.newInstance(long.class, (int) Math.min(mebibytes << 17, Integer.MAX_VALUE - 16));
            case "clone" -> clones(megs);
            case "copy-of" -> Arrays.copyOf(new byte[1], bytes);
            case "builder" -> builder(bytes);
            case "stream" -> stream(megs);
            case "buffer" -> ByteBuffer.allocate(bytes);
            case "repeat" -> "x".repeat(bytes);
            case "list" -> new ArrayList<Object>(bytes / 4);
            case "integer" -> BigInteger.ONE.shiftLeft((int) Math.min(mebibytes << 23, Integer.MAX_VALUE - 64));
            case "fill" -> String.format("%" + bytes + "d", 1);
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        };
    }

    private static Object clones(int megs) {
        byte[] one = new byte[1 << 20];
        Object[] all = new Object[megs];
        for (int i = 0; i < megs; i++) all[i] = one.clone();
        return all;
    }

    private static Object builder(int bytes) {
        StringBuilder text = new StringBuilder("x".repeat(1024));
        while (text.length() < bytes) text.append(text);
        return text;
    }

    private static Object stream(int megs) {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        byte[] piece = new byte[1 << 20];
        for (int i = 0; i < megs; i++) stream.write(piece, 0, piece.length);
        return stream;
    }
}
