// Answers at once and leaves a thread behind, which goes on for `millis` milliseconds (1000 if not given; 0: for ever). `how`: spin, sleep,
// park, daemon (spins as a daemon), timer, scheduled (a pool that nobody shuts down), allocate (makes garbage), hoard (keeps what it makes),
// logs (prints without end).
package hostile.outlive;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

public final class Outlive {
    private static final List<byte[]> KEPT = new ArrayList<>();
    private static volatile Object sink;

    private Outlive() {}

    public static JsonObject main(JsonObject args) {
        String how = args.has("how") ? args.get("how").getAsString() : "spin";
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 1_000;
        long endNanos = millis == 0 ? Long.MAX_VALUE : System.nanoTime() + millis * 1_000_000;
        switch (how) {
            case "timer" -> timer(endNanos);
            case "scheduled" -> Executors.newScheduledThreadPool(1)
                    .scheduleAtFixedRate(() -> spin(Math.min(endNanos, System.nanoTime() + 900_000)), 0, 1, TimeUnit.MILLISECONDS);
            default -> {
                Thread thread = new Thread(() -> goOn(how, endNanos), "hostile-outlives");
                thread.setDaemon(how.equals("daemon"));
                thread.start();
            }
        }
        JsonObject result = new JsonObject();
        result.addProperty("left", how);
        return result;
    }

    private static void timer(long endNanos) {
        new Timer("hostile-timer").schedule(new TimerTask() {
            @Override
            public void run() {
                spin(endNanos);
            }
        }, 0, 1);
    }

    private static void spin(long endNanos) {
        while (System.nanoTime() < endNanos) Thread.onSpinWait();
    }

    private static void goOn(String how, long endNanos) {
        while (System.nanoTime() < endNanos) {
            switch (how) {
                case "spin", "daemon" -> Thread.onSpinWait();
                case "sleep" -> pause();
                case "park" -> LockSupport.parkNanos(10_000_000);
                case "allocate" -> sink = new byte[1024];
                case "hoard" -> KEPT.add(new byte[1024]);
                case "logs" -> System.out.println("a line of a thread that outlives its call");
                default -> throw new IllegalArgumentException("unknown 'how': " + how);
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(10);
        } catch (InterruptedException ignored) {
            // Goes on.
        }
    }
}
