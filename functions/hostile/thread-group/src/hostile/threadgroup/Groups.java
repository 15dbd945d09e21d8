// Plays tricks with thread groups. `how`: root (starts a spinning thread in the topmost group that can be reached, to be nobody's), own (the same in a new group below it),
// interrupt (interrupts every thread that can be seen), priority (lowers the highest priority of every group above), daemon (makes its group one that ends with
// its last thread, then lets that end), faceless (a thread without a context class loader). Spinning lasts `millis` milliseconds (1000 if not given; 0: for ever); the lane waits for it.
package hostile.threadgroup;

import com.google.gson.JsonObject;

public final class Groups {
    private Groups() {}

    public static JsonObject main(JsonObject args) throws InterruptedException {
        String how = args.has("how") ? args.get("how").getAsString() : "root";
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 1_000;
        long endNanos = millis == 0 ? Long.MAX_VALUE : System.nanoTime() + millis * 1_000_000;
        JsonObject result = new JsonObject();
        switch (how) {
            case "root" -> spinIn(top(), false, endNanos);
            case "own" -> spinIn(new ThreadGroup(top(), "hostile-group"), false, endNanos);
            case "faceless" -> spinIn(top(), true, endNanos);
            case "interrupt" -> result.addProperty("seen", interruptAll());
            case "priority" -> lowerAll();
            case "daemon" -> {
                ThreadGroup group = new ThreadGroup("hostile-group");
                Thread thread = new Thread(group, () -> {}, "hostile-last");
                thread.start();
                thread.join();
            }
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        result.addProperty("top", top().getName());
        return result;
    }

    private static ThreadGroup top() {
        ThreadGroup group = Thread.currentThread().getThreadGroup();
        while (group.getParent() != null) group = group.getParent();
        return group;
    }

    private static void spinIn(ThreadGroup group, boolean isFaceless, long endNanos) throws InterruptedException {
        Thread thread = new Thread(group, () -> {
            while (System.nanoTime() < endNanos) Thread.onSpinWait();
        }, "hostile-stray");
        thread.setDaemon(true);
        if (isFaceless) thread.setContextClassLoader(null);
        thread.start();
        thread.join();
    }

    private static int interruptAll() {
        Thread[] found = new Thread[1_000];
        int count = top().enumerate(found, true);
        for (int i = 0; i < count; i++) {
            if (found[i] != Thread.currentThread()) found[i].interrupt();
        }
        return count;
    }

    private static void lowerAll() {
        for (ThreadGroup group = Thread.currentThread().getThreadGroup(); group != null; group = group.getParent()) {
            group.setMaxPriority(Thread.MIN_PRIORITY);
        }
    }
}
