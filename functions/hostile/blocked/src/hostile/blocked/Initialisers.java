// Two threads, each of which initialises a class that needs the other's: both wait for one another inside the JVM. It has no bound.
package hostile.blocked;

import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;

final class Initialisers {
    private static final CyclicBarrier BOTH = new CyclicBarrier(2);

    private Initialisers() {}

    static int deadlock() {
        Blocked.helper(() -> Right.touch());
        return Left.value;
    }

    /** Goes on when the other initialiser has begun. */
    private static void meet() {
        try {
            BOTH.await();
        } catch (InterruptedException | BrokenBarrierException stopped) {
            throw new IllegalStateException(stopped);
        }
    }

    private static final class Left {
        static int value;

        static {
            meet();
            value = Right.value + 1;
        }
    }

    private static final class Right {
        static int value;

        static {
            meet();
            value = Left.value + 1;
        }

        static void touch() {
            value++;
        }
    }
}
