// Throws an exception while its class is initialised.
package hostile.staticinit;

import com.google.gson.JsonObject;

public final class StaticInit {
    private static final int NUMBER = Integer.parseInt("not a number");

    private StaticInit() {}

    public static JsonObject main(JsonObject args) {
        args.addProperty("number", NUMBER);
        return args;
    }
}
