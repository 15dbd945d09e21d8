// Waits for what never comes, for `millis` milliseconds (1000 if not given; 0: for ever). `how`:
// join, latch, queue, selector, semaphore, barrier, phaser, exchanger, condition: nobody comes to the other side;
// monitor, lock, stamped, read-write: a thread of the function holds it and sleeps; wait-loop, park-loop: woken for nothing, over and over;
// swallow: sleeps, and takes every interrupt for noise; deadlock: two threads, two ReentrantLocks; deadlock-monitors: two monitors;
// deadlock-initialisers: two initialisers of classes. No JVM can undo the last two: they are not bounded, so they never end by themselves.
package hostile.blocked;

import com.google.gson.JsonObject;
import java.nio.channels.Selector;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Exchanger;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Phaser;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

public final class Blocked {
    private Blocked() {}

    public static JsonObject main(JsonObject args) throws Exception {
        String how = args.has("how") ? args.get("how").getAsString() : "join";
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 1_000;
        long nanos = millis == 0 ? Long.MAX_VALUE : millis * 1_000_000;
        long endNanos = millis == 0 ? Long.MAX_VALUE : System.nanoTime() + nanos;
        try {
            waitFor(how, millis, nanos, endNanos);
        } catch (TimeoutException expected) {
            // The bound.
        }
        JsonObject result = new JsonObject();
        result.addProperty("how", how);
        return result;
    }

    private static void waitFor(String how, long millis, long nanos, long endNanos) throws Exception {
        switch (how) {
            case "join" -> helper(() -> pause(endNanos)).join();
            case "latch" -> new CountDownLatch(1).await(nanos, TimeUnit.NANOSECONDS);
            case "queue" -> new LinkedBlockingQueue<>().poll(nanos, TimeUnit.NANOSECONDS);
            case "selector" -> select(millis);
            case "semaphore" -> new Semaphore(0).tryAcquire(nanos, TimeUnit.NANOSECONDS);
            case "barrier" -> new CyclicBarrier(2).await(nanos, TimeUnit.NANOSECONDS);
            case "phaser" -> new Phaser(2).awaitAdvanceInterruptibly(0, nanos, TimeUnit.NANOSECONDS);
            case "exchanger" -> new Exchanger<>().exchange(how, nanos, TimeUnit.NANOSECONDS);
            case "condition", "lock", "stamped", "read-write", "deadlock" -> Locks.waitFor(how, nanos, endNanos);
            case "monitor" -> monitor(endNanos);
            case "wait-loop" -> waitLoop(endNanos);
            case "park-loop" -> parkLoop(endNanos);
            case "swallow" -> pause(endNanos);
            case "deadlock-monitors" -> deadlockOfMonitors();
            case "deadlock-initialisers" -> Initialisers.deadlock();
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
    }

    static Thread helper(Runnable work) {
        Thread thread = new Thread(work, "hostile-helper");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** Sleeps to the end whatever interrupts it. */
    static void pause(long endNanos) {
        while (System.nanoTime() < endNanos) {
            try {
                Thread.sleep(10);
            } catch (InterruptedException ignored) {
                // Taken for noise.
            }
        }
    }

    private static void select(long millis) throws Exception {
        try (Selector selector = Selector.open()) {
            selector.select(millis);
        }
    }

    private static void monitor(long endNanos) throws InterruptedException {
        Object lock = new Object();
        CountDownLatch held = new CountDownLatch(1);
        helper(() -> {
            synchronized (lock) {
                held.countDown();
                pause(endNanos);
            }
        });
        held.await();
        synchronized (lock) {
            held.await();
        }
    }

    private static void waitLoop(long endNanos) throws InterruptedException {
        Object lock = new Object();
        helper(() -> {
            while (System.nanoTime() < endNanos) {
                synchronized (lock) {
                    lock.notifyAll();
                }
                LockSupport.parkNanos(100_000);
            }
        });
        synchronized (lock) {
            while (System.nanoTime() < endNanos) lock.wait(50);
        }
    }

    private static void parkLoop(long endNanos) {
        Thread waiter = Thread.currentThread();
        helper(() -> {
            while (System.nanoTime() < endNanos) {
                LockSupport.unpark(waiter);
                LockSupport.parkNanos(100_000);
            }
        });
        while (System.nanoTime() < endNanos) LockSupport.parkNanos(50_000_000);
    }

    private static void deadlockOfMonitors() throws InterruptedException {
        Object left = new Object();
        Object right = new Object();
        CountDownLatch both = new CountDownLatch(2);
        Thread other = helper(() -> take(right, left, both));
        take(left, right, both);
        other.join();
    }

    private static void take(Object first, Object second, CountDownLatch both) {
        synchronized (first) {
            both.countDown();
            try {
                both.await();
            } catch (InterruptedException ignored) {
                // The second is asked for all the same.
            }
            synchronized (second) {
                both.countDown();
            }
        }
    }
}
