// Prints `lines` lines of `bytesPerLine` bytes. `how`: out, err, both, thread (from a thread of its own, which it joins),
// late (a thread that goes on after the answer), no-newline (one line that never ends), raw (bytes that are not UTF-8), endless (for
// `millis` milliseconds, 1000 if not given; 0: for ever).
package hostile.chatty;

import com.google.gson.JsonObject;
import java.io.PrintStream;

public final class Chatty {
    private Chatty() {}

    public static JsonObject main(JsonObject args) throws InterruptedException {
        String how = args.has("how") ? args.get("how").getAsString() : "out";
        int lines = args.has("lines") ? args.get("lines").getAsInt() : 10;
        int bytesPerLine = args.has("bytesPerLine") ? args.get("bytesPerLine").getAsInt() : 80;
        switch (how) {
            case "out" -> print(System.out, lines, bytesPerLine);
            case "err" -> print(System.err, lines, bytesPerLine);
            case "both" -> {
                for (int i = 0; i < lines; i++) print(i % 2 == 0 ? System.out : System.err, 1, bytesPerLine);
            }
            case "thread" -> {
                Thread thread = new Thread(() -> print(System.out, lines, bytesPerLine), "chatty");
                thread.start();
                thread.join();
            }
            case "late" -> new Thread(() -> later(lines, bytesPerLine), "chatty-late").start();
            case "no-newline" -> {
                String piece = "x".repeat(bytesPerLine);
                for (int i = 0; i < lines; i++) System.out.print(piece);
            }
            case "raw" -> raw(lines);
            case "endless" -> {
                long millis = args.has("millis") ? args.get("millis").getAsLong() : 1_000;
                long endNanos = millis == 0 ? Long.MAX_VALUE : System.nanoTime() + millis * 1_000_000;
                while (System.nanoTime() < endNanos) print(System.out, lines, bytesPerLine);
            }
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        JsonObject result = new JsonObject();
        result.addProperty("lines", lines);
        return result;
    }

    private static void print(PrintStream stream, int lines, int bytesPerLine) {
        for (int i = 0; i < lines; i++) {
            String number = String.valueOf(i);
            stream.println(number + ".".repeat(Math.max(0, bytesPerLine - number.length())));
        }
    }

    private static void later(int lines, int bytesPerLine) {
        try {
            Thread.sleep(300);
        } catch (InterruptedException stopped) {
            return;
        }
        print(System.out, lines, bytesPerLine);
    }

    private static void raw(int lines) {
        byte[] odd = {'a', (byte) 0xff, (byte) 0xc3, 0, 27, '\r', 'b', (byte) 0xf0, (byte) 0x9f, '\n'};
        for (int i = 0; i < lines; i++) System.out.write(odd, 0, odd.length);
        System.out.flush();
    }
}
