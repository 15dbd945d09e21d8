// Tries to end the host's JVM. `how`: exit, halt, runtime-exit, swallowed, thread, hook, reflection; `status` is the exit status.
// `swallowed` catches whatever stops it and answers all the same: a host that honours the exit must not believe that answer.
package hostile.exit;

import com.google.gson.JsonObject;

public final class Exit {
    private Exit() {}

    public static JsonObject main(JsonObject args) throws Exception {
        String how = args.has("how") ? args.get("how").getAsString() : "exit";
        int status = args.has("status") ? args.get("status").getAsInt() : 0;
        System.out.println("before " + how);
        switch (how) {
            case "exit" -> System.exit(status);
            case "halt" -> Runtime.getRuntime().halt(status);
            case "runtime-exit" -> Runtime.getRuntime().exit(status);
            case "swallowed" -> swallow(status);
            case "thread" -> {
                Thread thread = new Thread(() -> System.exit(status), "exits");
                thread.start();
                thread.join(5_000);
            }
            case "hook" -> Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook ran")));
            case "reflection" -> System.class.getMethod("exit", int.class).invoke(null, status);
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        JsonObject result = new JsonObject();
        result.addProperty("survived", how);
        return result;
    }

    private static void swallow(int status) {
        try {
            System.exit(status);
        } catch (Throwable stopped) {
            System.out.println("swallowed " + stopped.getClass().getName());
        }
    }
}
