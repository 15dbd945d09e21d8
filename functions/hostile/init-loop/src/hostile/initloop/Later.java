// Touches a class whose initialiser never ends, when it is called: every lane that comes meanwhile waits for it inside the JVM.
// `how`: spin, sleep, swallow (takes every Throwable for noise), thread (the initialiser waits for a thread that needs the same class: a deadlock
// of its own making), nothing (does not touch it). `millis` is the bound (1000 if not given; 0: for ever); thread has none.
package hostile.initloop;

import com.google.gson.JsonObject;

public final class Later {
    private static volatile String how;
    private static volatile long endNanos;

    private Later() {}

    public static JsonObject main(JsonObject args) {
        how = args.has("how") ? args.get("how").getAsString() : "nothing";
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 1_000;
        endNanos = millis == 0 ? Long.MAX_VALUE : System.nanoTime() + millis * 1_000_000;
        if (!how.equals("nothing")) args.addProperty("value", Slow.value);
        return args;
    }

    private static final class Slow {
        static int value = initialise();

        private static int initialise() {
            if (how.equals("thread")) waitForItself();
            while (System.nanoTime() < endNanos) {
                try {
                    step();
                } catch (Throwable stop) {
                    if (!how.equals("swallow")) throw stop;
                }
            }
            return 1;
        }

        private static void step() {
            if (!how.equals("sleep")) {
                Thread.onSpinWait();
                return;
            }
            try {
                Thread.sleep(10);
            } catch (InterruptedException ignored) {
                // Goes on.
            }
        }

        private static void waitForItself() {
            Thread thread = new Thread(() -> value++, "hostile-initialiser");
            thread.setDaemon(true);
            thread.start();
            try {
                thread.join();
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
