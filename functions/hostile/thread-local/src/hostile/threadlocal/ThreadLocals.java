// Hangs `mebibytes` MiB (1 if not given; 0: without end) on its thread by ThreadLocals of 16 KiB each. `how`: lane (its own thread),
// inheritable (and a child thread copies the map), many (millions of empty ThreadLocals: the map is the burden), child (a thread of its own
// that then sleeps for `millis`, 0 if not given).
package hostile.threadlocal;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;

public final class ThreadLocals {
    private static final int PIECE_BYTES = 16 << 10;
    private static final List<ThreadLocal<Object>> KEPT = new ArrayList<>();

    private ThreadLocals() {}

    public static JsonObject main(JsonObject args) throws InterruptedException {
        String how = args.has("how") ? args.get("how").getAsString() : "lane";
        long mebibytes = args.has("mebibytes") ? args.get("mebibytes").getAsLong() : 1;
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 0;
        long pieces = mebibytes == 0 ? Long.MAX_VALUE : mebibytes << 6;
        switch (how) {
            case "lane" -> hang(pieces, false, PIECE_BYTES);
            case "many" -> hang(Math.min(pieces, Long.MAX_VALUE >> 7) << 7, false, 0);
            case "inheritable" -> {
                hang(pieces, true, PIECE_BYTES);
                Thread child = new Thread(() -> pause(millis), "hostile-heir");
                child.start();
                child.join();
            }
            case "child" -> {
                Thread child = new Thread(() -> {
                    hang(pieces, false, PIECE_BYTES);
                    pause(millis);
                }, "hostile-child");
                child.start();
                child.join();
            }
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        JsonObject result = new JsonObject();
        result.addProperty("kept", KEPT.size());
        return result;
    }

    private static void hang(long pieces, boolean isInherited, int bytes) {
        for (long i = 0; i < pieces; i++) {
            ThreadLocal<Object> local = isInherited ? new InheritableThreadLocal<>() : new ThreadLocal<>();
            local.set(bytes == 0 ? Boolean.TRUE : new byte[bytes]);
            KEPT.add(local);
        }
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
