package flock.boot;

/**
 * What rewritten code of functions calls: at the head of each exception handler, and before an array is made.
 *
 * It is the one class of this package that functions can name. It gives nothing away: it throws, or it does nothing.
 */
public final class Guard {
    static final int ASK_FROM_BYTES = 1 << 20;
    private static final int ROW_BYTES = 20;
    private static final Stop STOP = new Stop();

    private Guard() {}

    static Stop stop() {
        return STOP;
    }

    /** A handler has caught this. It must not keep a stop, and no handler of a funclet that has to end goes on. */
    public static void caught(Object error) {
        if (error instanceof Stop) {
            throw (Stop) error;
        }
        if (Gate.condemned != 0) {
            leaveIfCondemned();
        }
    }

    private static void leaveIfCondemned() {
        Face face = Gate.caller();
        if (face != null && face.budget().isCondemned()) {
            throw STOP;
        }
    }

    /** Lets an array of so many elements of one byte be made. */
    public static int bytes1(int count) {
        if (count > ASK_FROM_BYTES) {
            ask(count);
        }
        return count;
    }

    public static int bytes2(int count) {
        if (count > ASK_FROM_BYTES / 2) {
            ask(count * 2L);
        }
        return count;
    }

    public static int bytes4(int count) {
        if (count > ASK_FROM_BYTES / 4) {
            ask(count * 4L);
        }
        return count;
    }

    public static int bytes8(int count) {
        if (count > ASK_FROM_BYTES / 8) {
            ask(count * 8L);
        }
        return count;
    }

    /** An array of so many rows, each of so many elements of so many bytes. */
    public static void rows(int rows, int columns, int elementBytes) {
        if (rows > 0) {
            askIfLarge(rows * (ROW_BYTES + (double) Math.max(columns, 0) * elementBytes));
        }
    }

    /** How many arrays there are one level further in. */
    public static double inner(double arrays, int count) {
        askIfLarge(arrays * Math.max(count, 0) * ROW_BYTES);
        return arrays * Math.max(count, 0);
    }

    /** The innermost level. */
    public static void innermost(double arrays, int count, int elementBytes) {
        askIfLarge(arrays * Math.max(count, 0) * elementBytes);
    }

    private static void askIfLarge(double bytes) {
        if (bytes > ASK_FROM_BYTES) {
            ask((long) bytes);
        }
    }

    static void ask(long bytes) {
        Face face = Gate.caller();
        if (face != null && !face.budget().allows(bytes)) {
            throw STOP;
        }
    }
}
