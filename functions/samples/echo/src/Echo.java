// Gives its input back. The class is in the default package and not public: OpenWhisk allows both.
// Fails never.
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

final class Echo {
    private Echo() {}

    public static JsonObject main(JsonObject args) {
        return args;
    }

    /** The same for an array: the host picks the method by the type of the input. */
    public static JsonArray main(JsonArray args) {
        return args;
    }
}
