// Reads what never comes from the process itself. `how`: system-in, descriptor (FileDescriptor.in, past whatever System.in is), device (/dev/stdin by its path),
// zero (reads /dev/zero for `millis` milliseconds, 1000 if not given; 0: for ever). The others have no bound but the end of the host's standard input.
package hostile.stdin;

import com.google.gson.JsonObject;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;

public final class Stdin {
    private Stdin() {}

    public static JsonObject main(JsonObject args) throws IOException {
        String how = args.has("how") ? args.get("how").getAsString() : "zero";
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 1_000;
        long endNanos = millis == 0 ? Long.MAX_VALUE : System.nanoTime() + millis * 1_000_000;
        JsonObject result = new JsonObject();
        switch (how) {
            case "system-in" -> result.addProperty("read", System.in.read());
            case "descriptor" -> result.addProperty("read", new FileInputStream(FileDescriptor.in).read());
            case "device" -> {
                try (InputStream in = new FileInputStream("/dev/stdin")) {
                    result.addProperty("read", in.read());
                }
            }
            case "zero" -> {
                byte[] buffer = new byte[1 << 20];
                try (InputStream in = new FileInputStream("/dev/zero")) {
                    while (System.nanoTime() < endNanos) in.read(buffer);
                }
            }
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        return result;
    }
}
