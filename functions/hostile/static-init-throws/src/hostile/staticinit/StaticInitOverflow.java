// Uses up the stack while its class is initialised.
package hostile.staticinit;

import com.google.gson.JsonObject;

public final class StaticInitOverflow {
    private static final int DEPTH = descend(0);

    private StaticInitOverflow() {}

    private static int descend(int depth) {
        return descend(depth + 1) + 1;
    }

    public static JsonObject main(JsonObject args) {
        args.addProperty("depth", DEPTH);
        return args;
    }
}
