// Its main is not public.
package hostile.badmain;

import com.google.gson.JsonObject;

public final class NotPublic {
    private NotPublic() {}

    static JsonObject main(JsonObject args) {
        return args;
    }
}
