// Does nothing for `millis` milliseconds (1000 if not given). `how`: sleep, park, wait.
// An interrupt is swallowed once: the rest of the time is slept all the same.
package hostile.sleep;

import com.google.gson.JsonObject;
import java.util.concurrent.locks.LockSupport;

public final class Sleep {
    private Sleep() {}

    public static JsonObject main(JsonObject args) {
        String how = args.has("how") ? args.get("how").getAsString() : "sleep";
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 1_000;
        long startNanos = System.nanoTime();
        long endNanos = startNanos + millis * 1_000_000;
        int interrupts = 0;
        for (long left = millis; left > 0; left = (endNanos - System.nanoTime() + 999_999) / 1_000_000) {
            try {
                pause(how, left);
            } catch (InterruptedException ignored) {
                interrupts++;
            }
        }
        JsonObject result = new JsonObject();
        result.addProperty("sleptMillis", (System.nanoTime() - startNanos) / 1_000_000);
        result.addProperty("interrupts", interrupts);
        return result;
    }

    private static void pause(String how, long millis) throws InterruptedException {
        switch (how) {
            case "sleep" -> Thread.sleep(millis);
            case "park" -> {
                LockSupport.parkNanos(millis * 1_000_000);
                if (Thread.interrupted()) throw new InterruptedException();
            }
            case "wait" -> {
                Object lock = new Object();
                synchronized (lock) {
                    lock.wait(millis);
                }
            }
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
    }
}
