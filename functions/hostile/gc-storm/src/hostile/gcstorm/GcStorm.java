// Asks for a full collection without pause for `millis` milliseconds (1000 if not given; 0: for ever). `how`: system, runtime, bean (MemoryMXBean.gc),
// finalization, references (SoftReference and Cleaner work for the collector's threads), diagnostic (the GC.run command of the platform's MBean).
// Answers how often it asked.
package hostile.gcstorm;

import com.google.gson.JsonObject;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import javax.management.ObjectName;

public final class GcStorm {
    private static volatile Object sink;

    private GcStorm() {}

    public static JsonObject main(JsonObject args) throws Exception {
        String how = args.has("how") ? args.get("how").getAsString() : "system";
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 1_000;
        long endNanos = millis == 0 ? Long.MAX_VALUE : System.nanoTime() + millis * 1_000_000;
        long asked = 0;
        while (System.nanoTime() < endNanos) {
            ask(how);
            asked++;
        }
        JsonObject result = new JsonObject();
        result.addProperty("asked", asked);
        return result;
    }

    @SuppressWarnings("removal")
    private static void ask(String how) throws Exception {
        switch (how) {
            case "system" -> System.gc();
            case "runtime" -> Runtime.getRuntime().gc();
            case "bean" -> ManagementFactory.getMemoryMXBean().gc();
            case "finalization" -> System.runFinalization();
            case "references" -> {
                for (int i = 0; i < 1_000; i++) sink = new WeakReference<>(new Object());
                System.gc();
            }
            case "diagnostic" -> ManagementFactory.getPlatformMBeanServer().invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"), "gcRun", null, null);
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
    }
}
