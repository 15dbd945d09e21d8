// Starts `count` threads (10 if not given) that sleep for `millis` milliseconds (500; 0: for ever). `how`: platform, group (in a group of
// its own), executor (a cached pool), fork-join (a pool of that parallelism, every worker blocked), timer (one Timer each), scheduled,
// catching (takes the refusal for a reason to try again, until `tryMillis`, 1000, are over), tree (each starts two more), destroyed (in
// groups that are destroyed before: on 17 such a start fails, later JDKs destroy no group).
// It answers how many were started and what the refusal said, which only catching survives, or how many starts failed.
package hostile.threadbomb;

import com.google.gson.JsonObject;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

public final class ThreadBomb {
    private ThreadBomb() {}

    public static JsonObject main(JsonObject args) throws InterruptedException {
        String how = args.has("how") ? args.get("how").getAsString() : "platform";
        int count = args.has("count") ? args.get("count").getAsInt() : 10;
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 500;
        long tryMillis = args.has("tryMillis") ? args.get("tryMillis").getAsLong() : 1_000;
        AtomicInteger started = new AtomicInteger();
        Runnable work = () -> {
            started.incrementAndGet();
            pause(millis);
        };
        JsonObject result = new JsonObject();
        switch (how) {
            case "platform" -> many(null, count, work);
            case "group" -> many(new ThreadGroup("hostile-group"), count, work);
            case "executor" -> submit(Executors.newCachedThreadPool(ThreadBomb::daemon), count, work);
            case "fork-join" -> submit(new ForkJoinPool(count), count, work);
            case "timer" -> timers(count, millis, started);
            case "scheduled" -> submit(Executors.newScheduledThreadPool(count, ThreadBomb::daemon), count, work);
            case "catching" -> result.addProperty("refused", stubborn(count, tryMillis, work));
            case "tree" -> tree(count, work);
            case "destroyed" -> result.addProperty("failed", destroyed(count, work));
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        Thread.sleep(50);
        result.addProperty("started", started.get());
        return result;
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work, "hostile-worker");
        thread.setDaemon(true);
        return thread;
    }

    private static void many(ThreadGroup group, int count, Runnable work) {
        for (int i = 0; i < count; i++) {
            Thread thread = new Thread(group, work, "hostile-" + i);
            thread.setDaemon(true);
            thread.start();
        }
    }

    private static void submit(ExecutorService pool, int count, Runnable work) {
        for (int i = 0; i < count; i++) pool.execute(work);
        pool.shutdown();
    }

    private static void timers(int count, long millis, AtomicInteger started) {
        for (int i = 0; i < count; i++) {
            Timer timer = new Timer("hostile-timer", true);
            timer.schedule(new TimerTask() {
                @Override
                public void run() {
                    started.incrementAndGet();
                    pause(millis);
                    timer.cancel();
                }
            }, 0);
        }
    }

    /** The last refusal, and how many there were. */
    private static String stubborn(int count, long tryMillis, Runnable work) throws InterruptedException {
        long endNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(tryMillis);
        int running = 0;
        int refused = 0;
        String text = "";
        while (running < count && System.nanoTime() < endNanos) {
            try {
                daemon(work).start();
                running++;
            } catch (OutOfMemoryError error) {
                refused++;
                text = error.getMessage();
                Thread.sleep(1);
            }
        }
        return refused == 0 ? "" : text;
    }

    /** How many starts failed. */
    @SuppressWarnings("removal")
    private static int destroyed(int count, Runnable work) {
        int failed = 0;
        for (int i = 0; i < count; i++) {
            ThreadGroup group = new ThreadGroup("hostile-destroyed");
            Thread thread = new Thread(group, work);
            group.destroy();
            try {
                thread.start();
            } catch (IllegalThreadStateException gone) {
                failed++;
            }
        }
        return failed;
    }

    private static void tree(int count, Runnable work) {
        if (count <= 0) return;
        daemon(() -> {
            tree((count - 1) / 2, work);
            tree((count - 1) / 2, work);
            work.run();
        }).start();
    }

    private static void pause(long millis) {
        try {
            if (millis > 0) Thread.sleep(millis);
            else Thread.currentThread().join();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
