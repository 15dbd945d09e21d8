// Is initialised without harm; the class that it uses first inside the call is not.
package hostile.staticinit;

import com.google.gson.JsonObject;

public final class LateInit {
    private LateInit() {}

    public static JsonObject main(JsonObject args) {
        return StaticInit.main(args);
    }
}
