// Its main stands in an interface: public and static, so it is called.
package hostile.badmain;

import com.google.gson.JsonObject;

public interface AnInterface {
    static JsonObject main(JsonObject args) {
        return args;
    }
}
