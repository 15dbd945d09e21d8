// Reports what a library would find of its surroundings: context class loader, resources of the jar, classes by name,
// services, the same from a thread of its own. It attacks nothing; it fails where a host is careless.
package hostile.context;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.ServiceLoader;

public final class Context {
    private static final ClassLoader AT_INIT = Thread.currentThread().getContextClassLoader();

    private Context() {}

    public static JsonObject main(JsonObject args) throws InterruptedException {
        JsonObject result = new JsonObject();
        JsonObject inThread = new JsonObject();
        look(result);
        Thread thread = new Thread(() -> look(inThread), "looks");
        thread.start();
        thread.join();
        result.add("inThread", inThread);
        return result;
    }

    private static void look(JsonObject seen) {
        ClassLoader own = Context.class.getClassLoader();
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        seen.addProperty("contextIsOwn", context == own);
        seen.addProperty("contextAtInitIsOwn", AT_INIT == own);
        seen.addProperty("package", Context.class.getPackageName());
        seen.addProperty("relative", text(Context.class.getResourceAsStream("beside.txt")));
        seen.addProperty("absolute", text(Context.class.getResourceAsStream("/hostile/context/beside.txt")));
        seen.addProperty("byContext", context == null ? null : text(context.getResourceAsStream("hostile/context/beside.txt")));
        seen.addProperty("byUrl", byUrl(own.getResource("hostile/context/beside.txt")));
        seen.addProperty("ownClassFile", own.getResource("hostile/context/Context.class") != null);
        seen.addProperty("missing", Context.class.getResource("no-such-file.txt") != null);
        seen.addProperty("count", count(own));
        seen.addProperty("forName", forName("hostile.context.English", context));
        seen.addProperty("forNameMissing", forName("hostile.context.Missing", context));
        JsonArray greetings = new JsonArray();
        for (Greeting greeting : ServiceLoader.load(Greeting.class)) greetings.add(greeting.text());
        seen.add("services", greetings);
    }

    private static int count(ClassLoader loader) {
        try {
            return Collections.list(loader.getResources("hostile/context/beside.txt")).size();
        } catch (IOException unreadable) {
            return -1;
        }
    }

    private static String byUrl(URL url) {
        if (url == null) return null;
        try {
            return text(url.openStream());
        } catch (IOException unreadable) {
            return unreadable.toString();
        }
    }

    private static String forName(String name, ClassLoader loader) {
        try {
            return Class.forName(name, true, loader).getSimpleName();
        } catch (ClassNotFoundException missing) {
            return "ClassNotFoundException";
        }
    }

    private static String text(InputStream stream) {
        if (stream == null) return null;
        try (stream) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8).trim();
        } catch (IOException unreadable) {
            return unreadable.toString();
        }
    }
}
