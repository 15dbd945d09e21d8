// Virtual threads, by reflection, because the code is compiled for 17. `how`: probe (answers the release of Java), spin (one, for ever), swarm (`count` that spin, 4 if not given), sleep (`count` that sleep), asleep (`count` that sleep a minute at a time),
// many (`count` that sleep, and the call answers at once), pinned (spins while it holds a monitor). Each lasts `millis` milliseconds (1000 if not given; 0: for ever).
// Where there are none it answers only the release.
package hostile.virtual;

import com.google.gson.JsonObject;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.List;

public final class Virtual {
    private static final Object LOCK = new Object();

    private Virtual() {}

    public static JsonObject main(JsonObject args) throws ReflectiveOperationException, InterruptedException {
        String how = args.has("how") ? args.get("how").getAsString() : "probe";
        int count = args.has("count") ? args.get("count").getAsInt() : 4;
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 1_000;
        long endNanos = millis == 0 ? Long.MAX_VALUE : System.nanoTime() + millis * 1_000_000;
        JsonObject result = new JsonObject();
        result.addProperty("release", Runtime.version().feature());
        if (how.equals("probe") || Runtime.version().feature() < 21) return result;
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < (how.equals("spin") || how.equals("pinned") ? 1 : count); i++) threads.add(start(() -> work(how, endNanos)));
        result.addProperty("started", threads.size());
        if (how.equals("many")) return result;
        for (Thread thread : threads) thread.join();
        return result;
    }

    private static Thread start(Runnable work) throws ReflectiveOperationException {
        try {
            return (Thread) Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, work);
        } catch (InvocationTargetException wrapped) {
            // The refusal of a thread, as it was thrown.
            if (wrapped.getCause() instanceof Error) throw (Error) wrapped.getCause();
            throw wrapped;
        }
    }

    private static void work(String how, long endNanos) {
        if (how.equals("pinned")) {
            synchronized (LOCK) {
                spin(endNanos);
            }
        } else if (how.equals("spin") || how.equals("swarm")) {
            spin(endNanos);
        } else {
            while (System.nanoTime() < endNanos) pause(how.equals("asleep") ? 60_000 : 10);
        }
    }

    private static void spin(long endNanos) {
        while (System.nanoTime() < endNanos) Thread.onSpinWait();
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException ignored) {
            // Goes on.
        }
    }
}
