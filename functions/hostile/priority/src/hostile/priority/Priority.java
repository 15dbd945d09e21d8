// Spins on `threads` threads (4 if not given) of the highest priority for `millis` milliseconds (1000; 0: for ever), the lane among them.
// `how`: spin, yield (Thread.yield without pause, a burden to the scheduler), wake (pairs that park and unpark each other), lane (only the lane's own priority).
package hostile.priority;

import com.google.gson.JsonObject;
import java.util.concurrent.locks.LockSupport;

public final class Priority {
    private Priority() {}

    public static JsonObject main(JsonObject args) throws InterruptedException {
        String how = args.has("how") ? args.get("how").getAsString() : "spin";
        int threads = args.has("threads") ? args.get("threads").getAsInt() : 4;
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 1_000;
        long endNanos = millis == 0 ? Long.MAX_VALUE : System.nanoTime() + millis * 1_000_000;
        Thread previous = Thread.currentThread();
        if (!how.equals("lane")) {
            for (int i = 0; i < threads; i++) {
                Thread other = previous;
                Thread thread = new Thread(() -> press(how, other, endNanos), "hostile-priority");
                thread.setPriority(Thread.MAX_PRIORITY);
                thread.setDaemon(true);
                thread.start();
                previous = thread;
            }
        }
        Thread.currentThread().setPriority(Thread.MAX_PRIORITY);
        press(how, previous, endNanos);
        JsonObject result = new JsonObject();
        result.addProperty("priority", Thread.currentThread().getPriority());
        return result;
    }

    private static void press(String how, Thread other, long endNanos) {
        while (System.nanoTime() < endNanos) {
            switch (how) {
                case "spin", "lane" -> Thread.onSpinWait();
                case "yield" -> Thread.yield();
                case "wake" -> {
                    LockSupport.unpark(other);
                    LockSupport.parkNanos(1_000_000);
                }
                default -> throw new IllegalArgumentException("unknown 'how': " + how);
            }
        }
    }
}
