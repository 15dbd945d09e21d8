// Plants what is to run when the host ends, and would keep it from ending. `how`: spin, sleep, exit (calls System.exit in the hook), many (100 hooks), deadlock
// (a hook that waits for another), delete (File.deleteOnExit for a thousand names). Each hook lasts `millis` milliseconds (1000 if not given; 0: for ever).
package hostile.hook;

import com.google.gson.JsonObject;
import java.io.File;

public final class Hooks {
    private Hooks() {}

    public static JsonObject main(JsonObject args) {
        String how = args.has("how") ? args.get("how").getAsString() : "spin";
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 1_000;
        switch (how) {
            case "spin" -> add(() -> spin(millis));
            case "sleep" -> add(() -> sleep(millis));
            case "exit" -> add(() -> System.exit(7));
            case "many" -> {
                for (int i = 0; i < 100; i++) add(() -> sleep(millis));
            }
            case "deadlock" -> {
                Thread[] both = new Thread[2];
                both[0] = new Thread(() -> join(both[1], millis), "hostile-hook");
                both[1] = new Thread(() -> join(both[0], millis), "hostile-hook");
                for (Thread hook : both) Runtime.getRuntime().addShutdownHook(hook);
            }
            case "delete" -> {
                for (int i = 0; i < 1_000; i++) new File(System.getProperty("java.io.tmpdir"), "hostile-" + i).deleteOnExit();
            }
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        JsonObject result = new JsonObject();
        result.addProperty("planted", how);
        return result;
    }

    private static void add(Runnable work) {
        Runtime.getRuntime().addShutdownHook(new Thread(work, "hostile-hook"));
    }

    private static void spin(long millis) {
        long endNanos = millis == 0 ? Long.MAX_VALUE : System.nanoTime() + millis * 1_000_000;
        while (System.nanoTime() < endNanos) Thread.onSpinWait();
    }

    private static void sleep(long millis) {
        join(Thread.currentThread(), millis);
    }

    private static void join(Thread thread, long millis) {
        try {
            thread.join(millis);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
