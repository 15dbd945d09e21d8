// Its main is not static.
package hostile.badmain;

import com.google.gson.JsonObject;

public final class NotStatic {
    public JsonObject main(JsonObject args) {
        return args;
    }
}
