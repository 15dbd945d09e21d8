// Breaks the standard streams, then prints. `how`: close-out, close-err, close-in, null-out, own-out, broken-out.
// Other functions, and the next call of this one on a fresh stream, must not notice.
package hostile.closestreams;

import com.google.gson.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

public final class CloseStreams {
    private CloseStreams() {}

    public static JsonObject main(JsonObject args) throws IOException {
        String how = args.has("how") ? args.get("how").getAsString() : "close-out";
        JsonObject result = new JsonObject();
        System.out.println("before " + how);
        switch (how) {
            case "close-out" -> System.out.close();
            case "close-err" -> System.err.close();
            case "close-in" -> System.in.close();
            case "null-out" -> System.setOut(null);
            case "own-out" -> result.addProperty("captured", capture());
            case "broken-out" -> System.setOut(new PrintStream(new Broken(), true));
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        result.addProperty("outIsNull", System.out == null);
        if (System.out != null) System.out.println("after " + how);
        if (System.err != null) System.err.println("err after " + how);
        return result;
    }

    private static String capture() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream before = System.out;
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        System.out.print("kept by the function");
        System.setOut(before);
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static final class Broken extends OutputStream {
        @Override
        public void write(int b) {
            throw new IllegalStateException("broken stream");
        }
    }
}
