// Its main returns nothing.
package hostile.badmain;

import com.google.gson.JsonObject;

public final class VoidReturn {
    private VoidReturn() {}

    public static void main(JsonObject args) {
        System.out.println(args);
    }
}
