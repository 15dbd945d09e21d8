// Leaves work to the threads that the whole JVM shares. `how`: finalize (an object whose finalizer spins), cleaner (Cleaner.create with an action that spins), resurrect
// (a finalizer that brings its object back and makes another), pool (a pool of one thread that nobody holds, whose thread spins in interrupt(); `ran` is the
// thread that called it), queue (a million WeakReferences in one ReferenceQueue), poll (a thread waits on a ReferenceQueue).
// Each lasts `millis` milliseconds (1000 if not given; 0: for ever), and the call answers at once.
package hostile.finalizer;

import com.google.gson.JsonObject;
import java.lang.ref.Cleaner;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

public final class Finalizers {
    private static final List<Object> KEPT = new ArrayList<>();
    private static volatile long endNanos;
    private static volatile Object sink;
    private static volatile String interrupter = "nobody";

    private Finalizers() {}

    public static JsonObject main(JsonObject args) throws InterruptedException {
        String how = args.has("how") ? args.get("how").getAsString() : "finalize";
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 1_000;
        endNanos = millis == 0 ? Long.MAX_VALUE : System.nanoTime() + millis * 1_000_000;
        switch (how) {
            case "finalize" -> {
                for (int i = 0; i < 10; i++) sink = new Spinner();
                sink = null;
            }
            case "resurrect" -> sink = new Phoenix();
            case "cleaner" -> {
                Cleaner cleaner = Cleaner.create();
                KEPT.add(cleaner);
                for (int i = 0; i < 10; i++) cleaner.register(new Object(), Finalizers::spin);
            }
            case "pool" -> dropPool();
            case "queue" -> {
                ReferenceQueue<Object> queue = new ReferenceQueue<>();
                KEPT.add(queue);
                for (int i = 0; i < 100_000; i++) KEPT.add(new WeakReference<>(new Object(), queue));
            }
            case "poll" -> new ReferenceQueue<>().remove(millis);
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        // A young collection finds them dead.
        for (int i = 0; i < 20_000; i++) sink = new byte[8192];
        System.gc();
        JsonObject result = new JsonObject();
        if (how.equals("pool")) {
            Thread.sleep(200);
            result.addProperty("ran", interrupter);
        }
        result.addProperty("left", how);
        return result;
    }

    private static void spin() {
        while (System.nanoTime() < endNanos) Thread.onSpinWait();
    }

    private static void dropPool() throws InterruptedException {
        CountDownLatch ran = new CountDownLatch(1);
        Executors.newSingleThreadExecutor(Stubborn::new).execute(ran::countDown);
        ran.await();
        // Until the worker is idle.
        Thread.sleep(50);
    }

    private static final class Stubborn extends Thread {
        Stubborn(Runnable work) {
            super(work, "stubborn");
            setDaemon(true);
        }

        @Override
        public void interrupt() {
            interrupter = Thread.currentThread().getName();
            spin();
        }
    }

    private static final class Spinner {
        @Override
        @SuppressWarnings({"deprecation", "removal"})
        protected void finalize() {
            spin();
        }
    }

    private static final class Phoenix {
        @Override
        @SuppressWarnings({"deprecation", "removal"})
        protected void finalize() {
            if (System.nanoTime() >= endNanos) return;
            KEPT.add(this);
            sink = new Phoenix();
            sink = null;
        }
    }
}
