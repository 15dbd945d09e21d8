// Dies with an exception that nobody catches, and spins in the handler for it, `millis` milliseconds (1000 if not given; 0: for ever). `how`: thread (the handler of a thread),
// default (Thread.setDefaultUncaughtExceptionHandler, then a thread dies), group (ThreadGroup.uncaughtException), lane (the lane's own handler; the lane dies), swallow (a handler
// that takes every Throwable for noise). The lane waits for the thread.
package hostile.uncaught;

import com.google.gson.JsonObject;

public final class Uncaught {
    private static volatile long endNanos;

    private Uncaught() {}

    public static JsonObject main(JsonObject args) throws InterruptedException {
        String how = args.has("how") ? args.get("how").getAsString() : "thread";
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 1_000;
        endNanos = millis == 0 ? Long.MAX_VALUE : System.nanoTime() + millis * 1_000_000;
        switch (how) {
            case "thread" -> {
                Thread thread = new Thread(Uncaught::die, "hostile-dies");
                thread.setUncaughtExceptionHandler((dead, why) -> spin());
                run(thread);
            }
            case "swallow" -> {
                Thread thread = new Thread(Uncaught::die, "hostile-dies");
                thread.setUncaughtExceptionHandler((dead, why) -> swallow());
                run(thread);
            }
            case "default" -> {
                Thread.setDefaultUncaughtExceptionHandler((dead, why) -> spin());
                run(new Thread(Uncaught::die, "hostile-dies"));
            }
            case "group" -> run(new Thread(new Group(), Uncaught::die, "hostile-dies"));
            case "lane" -> {
                Thread.currentThread().setUncaughtExceptionHandler((dead, why) -> spin());
                die();
            }
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        JsonObject result = new JsonObject();
        result.addProperty("how", how);
        return result;
    }

    private static void run(Thread thread) throws InterruptedException {
        thread.setDaemon(true);
        thread.start();
        thread.join();
    }

    private static void die() {
        throw new IllegalStateException("nobody catches this");
    }

    private static void spin() {
        while (System.nanoTime() < endNanos) Thread.onSpinWait();
    }

    private static void swallow() {
        while (System.nanoTime() < endNanos) {
            try {
                spin();
            } catch (Throwable ignored) {
                // Goes on.
            }
        }
    }

    private static final class Group extends ThreadGroup {
        Group() {
            super("hostile-group");
        }

        @Override
        public void uncaughtException(Thread dead, Throwable why) {
            spin();
        }
    }
}
