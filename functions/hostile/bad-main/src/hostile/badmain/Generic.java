// Its main is generic: after erasure it fits, so it is called.
package hostile.badmain;

import com.google.gson.JsonObject;

public final class Generic {
    private Generic() {}

    public static <T extends JsonObject> JsonObject main(T args) {
        return args;
    }
}
