// A hop of a sequence that leaves things on its thread, or looks for what others left. `how`: look (adds to "seen" what the thread shows:
// name, context loader, group, interrupt, priority, handler, two variables, and whether a ThreadLocal of its own kept its value), leave (sets all of
// these and then looks), heir (starts a thread, which inherits what there is), inherited (how often a value that "leave" hung up was inherited),
// interrupt (a thread that interrupts this one without pause for `millis`, 1000 if not given), rest (sleeps for `millis`; "interrupted" says whether it could).
package hostile.identity;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.concurrent.atomic.AtomicInteger;

public final class Identity {
    private static final ThreadLocal<Integer> OWN = new ThreadLocal<>();
    private static final AtomicInteger INHERITED = new AtomicInteger();
    private static final InheritableThreadLocal<Object> HEIRLOOM = new InheritableThreadLocal<>() {
        @Override
        protected Object childValue(Object value) {
            INHERITED.incrementAndGet();
            return value;
        }
    };

    private Identity() {}

    public static JsonObject main(JsonObject args) throws InterruptedException {
        String how = args.has("how") ? args.get("how").getAsString() : "look";
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 1000;
        // What it is told is not for the next hop.
        args.remove("how");
        args.remove("millis");
        Thread self = Thread.currentThread();
        switch (how) {
            case "look" -> look(args);
            case "leave" -> {
                look(args);
                HEIRLOOM.set(new Object());
                self.setName("left");
                self.setPriority(Thread.MIN_PRIORITY);
                self.setUncaughtExceptionHandler((thread, error) -> { });
                self.setContextClassLoader(null);
                self.interrupt();
            }
            case "heir" -> {
                Thread heir = new Thread(() -> { }, "hostile-heir");
                heir.start();
                heir.join();
                args.addProperty("group", heir.getThreadGroup() == null ? "none" : heir.getThreadGroup().getName());
            }
            case "inherited" -> args.addProperty("inherited", INHERITED.get());
            case "interrupt" -> {
                Thread thread = new Thread(() -> {
                    long end = System.nanoTime() + millis * 1_000_000;
                    while (System.nanoTime() < end) self.interrupt();
                }, "hostile-interrupt");
                thread.setDaemon(true);
                thread.start();
            }
            case "rest" -> {
                boolean interrupted = false;
                try {
                    Thread.sleep(millis);
                } catch (InterruptedException woken) {
                    interrupted = true;
                }
                args.addProperty("interrupted", interrupted);
            }
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        return args;
    }

    private static void look(JsonObject args) {
        Thread self = Thread.currentThread();
        JsonObject seen = new JsonObject();
        seen.addProperty("thread", self.getName());
        seen.addProperty("number", self.getId());
        seen.addProperty("group", self.getThreadGroup().getName());
        seen.addProperty("loaderIsOwn", self.getContextClassLoader() == Identity.class.getClassLoader());
        seen.addProperty("interrupted", self.isInterrupted());
        seen.addProperty("priority", self.getPriority());
        seen.addProperty("handlerIsGroup", self.getUncaughtExceptionHandler() instanceof ThreadGroup);
        seen.addProperty("action", System.getenv("__OW_ACTION_NAME"));
        seen.addProperty("activation", System.getenv("__OW_ACTIVATION_ID"));
        Integer calls = OWN.get();
        OWN.set(calls == null ? 1 : calls + 1);
        seen.addProperty("own", OWN.get());
        if (!args.has("seen")) args.add("seen", new JsonArray());
        args.getAsJsonArray("seen").add(seen);
    }
}
