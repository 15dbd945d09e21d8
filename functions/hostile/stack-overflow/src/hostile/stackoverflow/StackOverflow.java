// Uses up its stack. `how`: plain, caught, poison, thread.
// caught answers after it caught the error; poison touches the JDK class `victim` for the first time at every depth on the
// way back, so that its initialiser meets the end of the stack: a class that dies so is dead for every function.
package hostile.stackoverflow;

import com.google.gson.JsonObject;

public final class StackOverflow {
    private static int depth;

    private StackOverflow() {}

    public static JsonObject main(JsonObject args) throws Exception {
        String how = args.has("how") ? args.get("how").getAsString() : "plain";
        JsonObject result = new JsonObject();
        depth = 0;
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
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        return result;
    }

    private static int descend() {
        depth++;
        return descend() + 1;
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
