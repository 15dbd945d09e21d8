package flock.shim.call;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import org.junit.Test;

/**
 * Why an action that is called from Java gets a stack of its own: on its caller's, a caller that has used up the stack
 * breaks the called action's classes for everybody who calls it later. No handler at the border can undo that.
 */
public final class OwnStackTest {
    private static final int DEPTH = 2_000;
    private static final long PATIENCE_MILLIS = 60_000;

    private static int depth(int left) {
        return left == 0 ? 0 : 1 + depth(left - 1);
    }

    /** Stands for a class of the called action, whose initialiser needs some stack. */
    private static final class OnCallersStack {
        static final int VALUE = depth(DEPTH);
    }

    /** The same for one that is called on a thread of its own. */
    private static final class OnOwnStack {
        static final int VALUE = depth(DEPTH);
    }

    /** Does something where no more frame fits. */
    private static final class Exhausted {
        private final Runnable atTheEnd;
        private boolean isDone;

        Exhausted(Runnable atTheEnd) {
            this.atTheEnd = atTheEnd;
        }

        void down() {
            try {
                down();
            } catch (StackOverflowError full) {
                if (!isDone) {
                    // Where not even this fits, the frame before tries again.
                    atTheEnd.run();
                    isDone = true;
                }
            }
        }
    }

    @Test
    public void onTheCallersStackAClassCanBreakForAll() throws InterruptedException {
        load(OnCallersStack.class);
        onThread(() -> new Exhausted(() -> {
            try {
                assertEquals(DEPTH, OnCallersStack.VALUE);
            } catch (Error broken) {
                // What a border between caller and called could do: the caller goes on.
            }
        }).down());
        Throwable later = onThread(() -> assertEquals(DEPTH, OnCallersStack.VALUE));
        assertTrue(String.valueOf(later), later instanceof NoClassDefFoundError);
    }

    @Test
    public void onAStackOfItsOwnItDoesNot() throws InterruptedException {
        load(OnOwnStack.class);
        boolean[] asked = new boolean[1];
        Called called = new Called();
        called.setDaemon(true);
        called.start();
        Throwable failed = onThread(() -> new Exhausted(() -> {
            called.isAsked = true;
            while (!called.hasEnded) {
                Thread.onSpinWait();
            }
            asked[0] = true;
        }).down());
        assertNull(failed);
        assertTrue(asked[0]);
        assertEquals(DEPTH, called.value);
        assertNull(onThread(() -> assertEquals(DEPTH, OnOwnStack.VALUE)));
    }

    private static final class Called extends Thread {
        volatile boolean isAsked;
        volatile boolean hasEnded;
        volatile int value;

        @Override
        public void run() {
            while (!isAsked) {
                Thread.yield();
            }
            try {
                value = OnOwnStack.VALUE;
            } finally {
                hasEnded = true;
            }
        }
    }

    /** The class is there and not yet initialised: a class literal asks for no more. */
    private static void load(Class<?> type) {
        assertFalse(type.isInterface());
    }

    /** What ended the thread that ran it, or null. */
    private static Throwable onThread(Runnable work) throws InterruptedException {
        Throwable[] failed = new Throwable[1];
        Thread thread = new Thread(work);
        thread.setUncaughtExceptionHandler((ended, cause) -> failed[0] = cause);
        thread.start();
        thread.join(PATIENCE_MILLIS);
        assertFalse("it does not end", thread.isAlive());
        return failed[0];
    }
}
