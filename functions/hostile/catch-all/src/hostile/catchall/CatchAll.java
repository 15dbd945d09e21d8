// Swallows every Throwable for `millis` milliseconds (0: for ever; 2000 if not given), so that a stop sent by throwing does
// not end it. `how`: spin, sleep, finally (returns from a finally block), monitor (while it holds a lock), nested (three finally blocks, each of which
// begins again), continue (leaves a finally block by continue), synchronized (catches inside a synchronized method), labelled (a finally that breaks out to a
// loop around it), resource (closes, and its close throws), rethrow (throws another in its place), bare (a loop in which no instruction
// can throw, so that only a stop ever comes to its handler, which then makes garbage), bare-monitor (such a loop while it holds a lock).
package hostile.catchall;

import com.google.gson.JsonObject;

public final class CatchAll {
    private static final Object LOCK = new Object();

    private CatchAll() {}

    public static JsonObject main(JsonObject args) {
        String how = args.has("how") ? args.get("how").getAsString() : "spin";
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 2_000;
        long endNanos = System.nanoTime() + millis * 1_000_000;
        int swallowed = 0;
        while (millis == 0 || System.nanoTime() < endNanos) {
            try {
                work(how, millis);
            } catch (Throwable stop) {
                swallowed++;
            }
        }
        JsonObject result = new JsonObject();
        result.addProperty("swallowed", swallowed);
        return result;
    }

    private static void work(String how, long millis) throws InterruptedException {
        switch (how) {
            case "spin" -> throw new IllegalStateException("thrown to be swallowed");
            case "sleep" -> Thread.sleep(10);
            case "finally" -> swallowByReturn();
            case "monitor" -> {
                synchronized (LOCK) {
                    Thread.sleep(10);
                }
            }
            case "bare" -> Swallowers.bare(millis);
            case "bare-monitor" -> Swallowers.bareInMonitor(millis);
            case "nested", "continue", "synchronized", "labelled", "resource", "rethrow" -> Swallowers.swallow(how);
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
    }

    @SuppressWarnings("finally")
    private static int swallowByReturn() throws InterruptedException {
        try {
            Thread.sleep(10);
            return 1;
        } finally {
            return 2;
        }
    }
}
