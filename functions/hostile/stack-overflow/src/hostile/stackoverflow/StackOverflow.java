// Uses up its stack. `how`: plain, caught, poison, thread, finally, again.
// caught answers after it caught the error; poison touches the JDK class `victim` for the first time at every depth on the
// way back, so that its initialiser meets the end of the stack: a class that dies so is dead for every function. finally descends again from a finally block
// and again from a handler, at every depth on the way back: the work doubles with each frame, until `millis` milliseconds (1000 if not given; 0: never) are over.
package hostile.stackoverflow;

import com.google.gson.JsonObject;

public final class StackOverflow {
    private static int depth;
    private static long endNanos;

    private StackOverflow() {}

    public static JsonObject main(JsonObject args) throws Exception {
        String how = args.has("how") ? args.get("how").getAsString() : "plain";
        JsonObject result = new JsonObject();
        depth = 0;
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 1_000;
        endNanos = millis == 0 ? Long.MAX_VALUE : System.nanoTime() + millis * 1_000_000;
        switch (how) {
            case "plain" -> descend();
            case "caught" -> {
                try {
                    descend();
                } catch (StackOverflowError expected) {
                    result.addProperty("depth", depth);
                }
            }
            case "poison" -> {
                String victim = args.has("victim") ? args.get("victim").getAsString() : "java.util.zip.CRC32C";
                poison(victim);
                result.addProperty("victim", outcome(victim));
            }
            case "thread" -> {
                Thread thread = new Thread(StackOverflow::descend, "overflows");
                thread.start();
                thread.join(10_000);
                result.addProperty("alive", thread.isAlive());
            }
            case "finally" -> descendByFinally();
            case "again" -> descendAgain();
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        return result;
    }

    private static int descend() {
        depth++;
        return descend() + 1;
    }

    private static void descendByFinally() {
        if (System.nanoTime() >= endNanos) return;
        try {
            descendByFinally();
        } finally {
            descendByFinally();
        }
    }

    private static void descendAgain() {
        if (System.nanoTime() >= endNanos) return;
        try {
            descendAgain();
        } catch (StackOverflowError deepest) {
            descendAgain();
        }
    }

    private static boolean poison(String victim) {
        try {
            if (poison(victim)) return true;
        } catch (StackOverflowError deepest) {
            // Tried again below, with a frame more room at each return.
        }
        try {
            Class.forName(victim);
            return true;
        } catch (ClassNotFoundException | LinkageError | StackOverflowError failed) {
            return false;
        }
    }

    private static String outcome(String victim) {
        try {
            Class.forName(victim);
            return "alive";
        } catch (ClassNotFoundException | LinkageError dead) {
            return dead.toString();
        }
    }
}
