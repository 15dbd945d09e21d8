// Tries to start a process: `true`, which does nothing. `how`: builder, exec, pipeline (ProcessBuilder.startPipeline), thread (from a thread of its own),
// caught (answers what the refusal said).
package hostile.process;

import com.google.gson.JsonObject;
import java.util.List;

public final class Processes {
    private Processes() {}

    public static JsonObject main(JsonObject args) throws Exception {
        String how = args.has("how") ? args.get("how").getAsString() : "builder";
        JsonObject result = new JsonObject();
        switch (how) {
            case "builder" -> result.addProperty("exit", start().waitFor());
            case "exec" -> result.addProperty("exit", Runtime.getRuntime().exec(new String[] {"true"}).waitFor());
            case "pipeline" -> result.addProperty("started",
                    ProcessBuilder.startPipeline(List.of(new ProcessBuilder("true"), new ProcessBuilder("true"))).size());
            case "thread" -> {
                String[] said = new String[1];
                Thread thread = new Thread(() -> said[0] = attempt(), "hostile-starter");
                thread.start();
                thread.join();
                result.addProperty("said", said[0]);
            }
            case "caught" -> result.addProperty("said", attempt());
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        return result;
    }

    private static Process start() throws java.io.IOException {
        return new ProcessBuilder("true").start();
    }

    private static String attempt() {
        try {
            start();
            return "started";
        } catch (java.io.IOException | RuntimeException refused) {
            return refused.getMessage();
        }
    }
}
