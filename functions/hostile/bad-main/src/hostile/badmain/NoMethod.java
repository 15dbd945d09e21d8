// It has no main, only run.
package hostile.badmain;

import com.google.gson.JsonObject;

public final class NoMethod {
    private NoMethod() {}

    public static JsonObject run(JsonObject args) {
        return args;
    }
}
