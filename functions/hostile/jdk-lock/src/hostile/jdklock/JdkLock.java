// Takes the monitor of an object that all functions of the JVM share, and holds it for `millis` milliseconds (1000 if not given; 0: for ever).
// `what`: string-class, integer-class, thread-class, interned, boxed, out, locale, runtime, empty-list. `how`: hold (sleeps), spin,
// knock (takes it and answers at once: the victim; answers how long it waited), thread (a thread holds it, the lane answers at once).
package hostile.jdklock;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;

public final class JdkLock {
    private JdkLock() {}

    public static JsonObject main(JsonObject args) throws InterruptedException {
        String how = args.has("how") ? args.get("how").getAsString() : "hold";
        String what = args.has("what") ? args.get("what").getAsString() : "interned";
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 1_000;
        long endNanos = millis == 0 ? Long.MAX_VALUE : System.nanoTime() + millis * 1_000_000;
        Object lock = shared(what);
        long startNanos = System.nanoTime();
        if (how.equals("thread")) {
            CountDownLatch held = new CountDownLatch(1);
            Thread thread = new Thread(() -> {
                synchronized (lock) {
                    held.countDown();
                    hold("hold", endNanos);
                }
            }, "hostile-holder");
            thread.setDaemon(true);
            thread.start();
            held.await();
        } else {
            synchronized (lock) {
                hold(how, endNanos);
            }
        }
        JsonObject result = new JsonObject();
        result.addProperty("millis", (System.nanoTime() - startNanos) / 1_000_000);
        return result;
    }

    @SuppressWarnings("removal")
    private static Object shared(String what) {
        return switch (what) {
            case "string-class" -> String.class;
            case "integer-class" -> Integer.class;
            case "thread-class" -> Thread.class;
            case "interned" -> "a text that every function may have";
            case "boxed" -> Integer.valueOf(7);
            case "out" -> System.out;
            case "locale" -> Locale.ROOT;
            case "runtime" -> Runtime.getRuntime();
            case "empty-list" -> List.of();
            default -> throw new IllegalArgumentException("unknown 'what': " + what);
        };
    }

    private static void hold(String how, long endNanos) {
        if (how.equals("knock")) return;
        while (System.nanoTime() < endNanos) {
            if (how.equals("spin")) {
                Thread.onSpinWait();
                continue;
            }
            try {
                Thread.sleep(10);
            } catch (InterruptedException ignored) {
                // Holds on.
            }
        }
    }
}
