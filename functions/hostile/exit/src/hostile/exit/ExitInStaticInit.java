// Tries to end the host's JVM from a class initialiser: while the function is loaded, not while it runs.
package hostile.exit;

import com.google.gson.JsonObject;

public final class ExitInStaticInit {
    static {
        System.exit(3);
    }

    private ExitInStaticInit() {}

    public static JsonObject main(JsonObject args) {
        return args;
    }
}
