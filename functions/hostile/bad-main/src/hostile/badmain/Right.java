// A main as it must be, and a second method to choose by Right#other: the proof that the jar itself is sound.
package hostile.badmain;

import com.google.gson.JsonObject;

public class Right {
    public static JsonObject main(JsonObject args) {
        args.addProperty("called", "main");
        return args;
    }

    public static JsonObject other(JsonObject args) {
        args.addProperty("called", "other");
        return args;
    }
}
