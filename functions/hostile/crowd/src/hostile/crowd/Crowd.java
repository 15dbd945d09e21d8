// Looks for the threads of others and changes what it finds. `how`: find (in every way that Java has; answers the names of threads that are not its own), change (interrupts, renames,
// slows down and takes over every thread that it finds), keep (starts a thread `name` that sleeps for `millis` milliseconds, 1000 if not given: the victim).
package hostile.crowd;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.Set;
import java.util.TreeSet;

public final class Crowd {
    private Crowd() {}

    public static JsonObject main(JsonObject args) throws InterruptedException {
        String how = args.has("how") ? args.get("how").getAsString() : "find";
        JsonObject result = new JsonObject();
        switch (how) {
            case "find" -> {
                JsonArray names = new JsonArray();
                found(result).forEach(names::add);
                result.add("found", names);
            }
            case "change" -> result.addProperty("changed", change(result));
            case "keep" -> keep(result, args.get("name").getAsString(), args.has("millis") ? args.get("millis").getAsLong() : 1_000);
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        return result;
    }

    private static Set<String> found(JsonObject result) {
        Set<String> names = new TreeSet<>();
        ThreadGroup top = Thread.currentThread().getThreadGroup();
        while (top.getParent() != null) top = top.getParent();
        result.addProperty("top", top.getName());
        Thread[] all = new Thread[10_000];
        int count = top.enumerate(all, true);
        for (int i = 0; i < count; i++) names.add(all[i].getName());
        Thread.getAllStackTraces().keySet().forEach(thread -> names.add(thread.getName()));
        ThreadMXBean bean = ManagementFactory.getThreadMXBean();
        for (ThreadInfo info : bean.getThreadInfo(bean.getAllThreadIds())) {
            if (info != null) names.add(info.getThreadName());
        }
        long[] guessed = new long[500];
        for (int i = 0; i < guessed.length; i++) guessed[i] = i + 1;
        for (ThreadInfo info : bean.getThreadInfo(guessed, 5)) {
            if (info != null) names.add(info.getThreadName());
        }
        for (long id : guessed) {
            ThreadInfo info = bean.getThreadInfo(id);
            if (info != null) names.add(info.getThreadName());
        }
        for (ThreadInfo info : bean.getThreadInfo(guessed, true, true)) {
            if (info != null) names.add(info.getThreadName());
        }
        try {
            for (ThreadInfo info : bean.dumpAllThreads(true, true)) names.add(info.getThreadName());
        } catch (SecurityException refused) {
            result.addProperty("dump", "refused: " + refused.getMessage());
        }
        return names;
    }

    @SuppressWarnings("removal")
    private static int change(JsonObject result) {
        int changed = 0;
        ThreadGroup top = Thread.currentThread().getThreadGroup();
        while (top.getParent() != null) top = top.getParent();
        Thread[] all = new Thread[10_000];
        int count = top.enumerate(all, true);
        for (int i = 0; i < count; i++) {
            if (all[i] == Thread.currentThread()) continue;
            changed++;
            all[i].interrupt();
            all[i].setName("taken");
            all[i].setPriority(Thread.MIN_PRIORITY);
            all[i].setContextClassLoader(Crowd.class.getClassLoader());
            all[i].setUncaughtExceptionHandler((thread, error) -> {});
        }
        return changed;
    }

    private static void keep(JsonObject result, String name, long millis) throws InterruptedException {
        String[] ended = {"well"};
        Thread thread = new Thread(() -> {
            try {
                Thread.sleep(millis);
            } catch (InterruptedException disturbed) {
                ended[0] = "interrupted";
            }
        }, name);
        thread.start();
        thread.join();
        result.addProperty("ended", ended[0]);
        result.addProperty("name", thread.getName());
    }
}
