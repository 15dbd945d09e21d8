// Throws an Error while its class is initialised: that reaches the host as it is, not wrapped.
package hostile.staticinit;

import com.google.gson.JsonObject;

public final class StaticInitError {
    static {
        if (System.nanoTime() != 0) throw new NoClassDefFoundError("made/up/Missing");
    }

    private StaticInitError() {}

    public static JsonObject main(JsonObject args) {
        return args;
    }
}
