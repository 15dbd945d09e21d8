// Its main returns JSON, but says Object.
package hostile.badmain;

import com.google.gson.JsonObject;

public final class ObjectReturn {
    private ObjectReturn() {}

    public static Object main(JsonObject args) {
        return args;
    }
}
