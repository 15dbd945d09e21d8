// Its main takes one parameter too many.
package hostile.badmain;

import com.google.gson.JsonObject;

public final class TwoParameters {
    private TwoParameters() {}

    public static JsonObject main(JsonObject args, String more) {
        return args;
    }
}
