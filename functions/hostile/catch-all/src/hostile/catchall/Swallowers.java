// The shapes of catch-all loops that CatchAll does not hold itself. Each does a few rounds of 1 ms and swallows in every round what is thrown there.
package hostile.catchall;

final class Swallowers {
    private static final int ROUNDS = 10;

    private static volatile Object sink;

    private Swallowers() {}

    static void swallow(String how) {
        switch (how) {
            case "nested" -> nested();
            case "continue" -> byContinue();
            case "synchronized" -> inMonitor();
            case "labelled" -> labelled();
            case "resource" -> resource();
            default -> replace();
        }
    }

    private static void work() {
        long endNanos = System.nanoTime() + 1_000_000;
        while (System.nanoTime() < endNanos) Thread.onSpinWait();
        throw new IllegalStateException("thrown to be swallowed");
    }

    @SuppressWarnings("finally")
    private static void nested() {
        try {
            work();
        } finally {
            try {
                work();
            } finally {
                try {
                    work();
                } finally {
                    return;
                }
            }
        }
    }

    @SuppressWarnings("finally")
    private static void byContinue() {
        for (int i = 0; i < ROUNDS; i++) {
            try {
                work();
            } finally {
                continue;
            }
        }
    }

    private static synchronized void inMonitor() {
        for (int i = 0; i < ROUNDS; i++) {
            try {
                work();
            } catch (Throwable stop) {
                continue;
            }
        }
    }

    @SuppressWarnings("finally")
    private static void labelled() {
        for (int i = 0; i < ROUNDS; i++) {
            inner:
            while (true) {
                try {
                    work();
                } finally {
                    break inner;
                }
            }
        }
    }

    private static final class Broken implements AutoCloseable {
        void touch() {}

        @Override
        public void close() {
            throw new IllegalStateException("thrown by close");
        }
    }

    private static void resource() {
        for (int i = 0; i < ROUNDS; i++) {
            try (Broken broken = new Broken()) {
                broken.touch();
                work();
            } catch (Throwable both) {
                continue;
            }
        }
    }

    private static void replace() {
        try {
            work();
        } catch (Throwable stop) {
            throw new IllegalArgumentException("in its place", stop);
        }
    }

    /** About so many turns as a machine makes in that time; it cannot look at a clock, for a call can throw. */
    private static long turns(long millis) {
        return millis == 0 ? Long.MAX_VALUE : millis * 100_000;
    }

    static void bare(long millis) {
        long end = turns(millis);
        long value = 0;
        try {
            for (long i = 0; i < end; i++) value = value * 31 + i;
        } catch (Throwable onlyAStop) {
            for (long i = 0; i < end; i++) sink = new byte[64];
        }
        sink = value;
    }

    static void bareInMonitor(long millis) {
        long end = turns(millis);
        long value = 0;
        synchronized (Swallowers.class) {
            for (long i = 0; i < end; i++) value = value * 31 + i;
        }
        sink = value;
    }
}
