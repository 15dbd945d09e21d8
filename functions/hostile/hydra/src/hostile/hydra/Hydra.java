// A thread that starts another in its own place when it dies, until `millis` milliseconds (1000 if not given; 0: never) are over. `how`: finally (starts the
// next from its finally block), handler (from its uncaught exception handler), group (from its ThreadGroup), executor (the pool replaces a worker that
// died, and tasks submit themselves), pair (two that watch each other), fork (each starts the next before it is asked to die, and ends), termination (ten workers of a ForkJoinPool that spin, and again where they end).
// The lane waits for them all.
package hostile.hydra;

import com.google.gson.JsonObject;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;

public final class Hydra {
    private static final int WORKERS = 10;
    private static volatile int heads;
    private static volatile Thread left;
    private static volatile Thread right;

    private Hydra() {}

    public static JsonObject main(JsonObject args) throws InterruptedException {
        String how = args.has("how") ? args.get("how").getAsString() : "finally";
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 1_000;
        long endNanos = millis == 0 ? Long.MAX_VALUE : System.nanoTime() + millis * 1_000_000;
        heads = 0;
        switch (how) {
            case "finally" -> grow(null, () -> byFinally(endNanos), endNanos);
            case "handler" -> byHandler(endNanos);
            case "group" -> byGroup(endNanos);
            case "executor" -> byExecutor(Executors.newFixedThreadPool(2), endNanos);
            case "pair" -> byPair(endNanos);
            case "fork" -> byFork(endNanos);
            case "termination" -> byTermination(endNanos);
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        while (System.nanoTime() < endNanos) Thread.sleep(10);
        JsonObject result = new JsonObject();
        result.addProperty("heads", heads);
        return result;
    }

    private static Thread grow(ThreadGroup group, Runnable work, long endNanos) {
        Thread thread = new Thread(group, work, "hostile-head-" + ++heads);
        thread.setDaemon(true);
        if (System.nanoTime() < endNanos) thread.start();
        return thread;
    }

    /** A little life, then a death of its own making, as if stopped. */
    private static void live() {
        try {
            Thread.sleep(5);
        } catch (InterruptedException ignored) {
            // Dies below.
        }
        throw new IllegalStateException("a head falls");
    }

    private static void byFinally(long endNanos) {
        try {
            live();
        } catch (IllegalStateException expected) {
            // Any other death is not caught; the next head grows all the same.
        } finally {
            grow(null, () -> byFinally(endNanos), endNanos);
        }
    }

    private static void byHandler(long endNanos) {
        Thread thread = new Thread(Hydra::live, "hostile-head-" + ++heads);
        thread.setDaemon(true);
        thread.setUncaughtExceptionHandler((dead, why) -> byHandler(endNanos));
        if (System.nanoTime() < endNanos) thread.start();
    }

    private static void byGroup(long endNanos) {
        ThreadGroup group = new ThreadGroup("hostile-hydra") {
            @Override
            public void uncaughtException(Thread dead, Throwable why) {
                grow(this, Hydra::live, endNanos);
            }
        };
        grow(group, Hydra::live, endNanos);
    }

    private static void byExecutor(ExecutorService pool, long endNanos) {
        pool.execute(() -> {
            heads++;
            if (System.nanoTime() < endNanos) byExecutor(pool, endNanos);
            else pool.shutdown();
            live();
        });
    }

    private static void byPair(long endNanos) {
        left = grow(null, () -> watch(true, endNanos), endNanos);
        right = grow(null, () -> watch(false, endNanos), endNanos);
    }

    private static void watch(boolean isLeft, long endNanos) {
        while (System.nanoTime() < endNanos) {
            Thread other = isLeft ? right : left;
            if (other != null && !other.isAlive()) {
                Thread next = grow(null, () -> watch(!isLeft, endNanos), endNanos);
                if (isLeft) right = next;
                else left = next;
            }
            Thread.onSpinWait();
        }
    }

    private static void byFork(long endNanos) {
        grow(null, () -> byFork(endNanos), endNanos);
        try {
            Thread.sleep(1);
        } catch (InterruptedException ignored) {
            // Ends.
        }
    }

    private static void byTermination(long endNanos) {
        ForkJoinPool pool = new ForkJoinPool(WORKERS, over -> new Worker(over, endNanos), null, true);
        for (int i = 0; i < WORKERS; i++) {
            pool.execute(() -> {
                heads++;
                while (System.nanoTime() < endNanos) Thread.onSpinWait();
            });
        }
    }

    private static final class Worker extends ForkJoinWorkerThread {
        private final long endNanos;

        Worker(ForkJoinPool pool, long endNanos) {
            super(pool);
            this.endNanos = endNanos;
        }

        @Override
        protected void onTermination(Throwable why) {
            while (System.nanoTime() < endNanos) Thread.onSpinWait();
        }
    }
}
