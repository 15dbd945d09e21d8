// A function in OpenWhisk's Java convention, called from another host: JSON text in, JSON text out.
// The same code stands behind every peer, so that none is slower for its JSON. The main is found once, as Flock does it.
// Fails, when it is made, if the class has no `public static JsonObject main(JsonObject)`.
package peers;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.Reader;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;

final class Code {
    private final MethodHandle main;

    Code(ClassLoader loader, String className) throws ReflectiveOperationException {
        Method method = Class.forName(className, true, loader).getMethod("main", JsonObject.class);
        method.setAccessible(true);
        main = MethodHandles.lookup().unreflect(method);
    }

    byte[] run(Reader input) {
        JsonObject arguments = JsonParser.parseReader(input).getAsJsonObject();
        try {
            JsonObject result = (JsonObject) main.invokeExact(arguments);
            return result.toString().getBytes(StandardCharsets.UTF_8);
        } catch (RuntimeException | Error failed) {
            throw failed;
        } catch (Throwable failed) {
            throw new IllegalStateException(failed);
        }
    }
}
