// The variants of Blocked that wait for a lock of java.util.concurrent. The holder is a thread of the function.
package hostile.blocked;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.concurrent.locks.StampedLock;

final class Locks {
    private Locks() {}

    static void waitFor(String how, long nanos, long endNanos) throws InterruptedException {
        switch (how) {
            case "condition" -> condition(nanos);
            case "lock" -> contend(new ReentrantLock(), endNanos);
            case "stamped" -> contend(new StampedLock().asWriteLock(), endNanos);
            case "read-write" -> contend(new ReentrantReadWriteLock().writeLock(), endNanos);
            default -> deadlock(nanos);
        }
    }

    private static void condition(long nanos) throws InterruptedException {
        ReentrantLock lock = new ReentrantLock();
        lock.lock();
        try {
            lock.newCondition().awaitNanos(nanos);
        } finally {
            lock.unlock();
        }
    }

    private static void contend(Lock lock, long endNanos) throws InterruptedException {
        CountDownLatch held = new CountDownLatch(1);
        Blocked.helper(() -> {
            lock.lock();
            try {
                held.countDown();
                Blocked.pause(endNanos);
            } finally {
                lock.unlock();
            }
        });
        held.await();
        lock.lock();
        lock.unlock();
    }

    private static void deadlock(long nanos) throws InterruptedException {
        ReentrantLock left = new ReentrantLock();
        ReentrantLock right = new ReentrantLock();
        CountDownLatch both = new CountDownLatch(2);
        Blocked.helper(() -> take(right, left, both, nanos));
        take(left, right, both, nanos);
    }

    private static void take(ReentrantLock first, ReentrantLock second, CountDownLatch both, long nanos) {
        first.lock();
        try {
            both.countDown();
            both.await();
            if (second.tryLock(nanos, TimeUnit.NANOSECONDS)) second.unlock();
        } catch (InterruptedException ignored) {
            // Lets go of the first.
        } finally {
            first.unlock();
        }
    }
}
