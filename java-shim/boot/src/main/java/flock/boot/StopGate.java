package flock.boot;

/**
 * Hooks where the JDK keeps what it caught, to report it later: a stop is no result, it goes on up. Handlers of
 * functions throw it again by themselves; these are for loops of the JDK that would call the next task.
 *
 * And one where the JDK is about to do what must not be stopped half way: whoever has to end ends before it.
 */
public final class StopGate {
    private static final int CAUSES_MAX = 4;

    private StopGate() {}

    public static void begins(Object shared, byte[] bytes) {
        begins();
    }

    /** What must not be stopped half way is about to be done on a function's thread. */
    public static void begins() {
        if (Gate.condemned != 0 && !Callers.isInitialisingJdk()) {
            Guard.caught(null);
        }
    }

    public static void keeps(Throwable error) {
        Throwable at = error;
        // A getCause of the function's own is not asked: it could do anything.
        for (int i = 0; at != null && i < CAUSES_MAX; i++) {
            if (at instanceof Stop) {
                throw (Stop) at;
            }
            at = at.getClass().getClassLoader() == null ? at.getCause() : null;
        }
        if (Gate.condemned != 0 && !Callers.isInitialisingJdk()) {
            Guard.caught(error);
        }
    }

    public static void keeps(Throwable error, String text) {
        keeps(error);
    }

    public static void keeps(Throwable error, Object result) {
        keeps(error);
    }

    public static void keeps(Object keeper, Throwable error) {
        keeps(error);
    }

    public static void keeps(Object keeper, Throwable error, Object result) {
        keeps(error);
    }
}
