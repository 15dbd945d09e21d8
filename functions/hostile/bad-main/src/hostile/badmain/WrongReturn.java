// Its main returns text instead of JSON.
package hostile.badmain;

import com.google.gson.JsonObject;

public final class WrongReturn {
    private WrongReturn() {}

    public static String main(JsonObject args) {
        return args.toString();
    }
}
