// Looks for the host from inside: its classes by every loader it can lay hands on, its resources, its threads and
// properties. It answers with what it saw; what should be hidden is the host's to decide and the test's to check.
package hostile.peek;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.net.URL;
import java.util.LinkedHashMap;
import java.util.Map;

public final class Peek {
    private static final String[] CLASSES = {
        "flock.shim.Shim", "flock.boot.Host", "flock.boot.Gate", "flock.boot.Lane",
        "org.objectweb.asm.ClassReader", "com.google.gson.JsonObject", "com.google.gson.internal.Streams",
    };
    private static final String[] RESOURCES = {
        "flock/shim/Shim.class", "flock/boot/Host.class", "org/objectweb/asm/ClassReader.class",
        "com/google/gson/JsonObject.class", "java/lang/Object.class",
    };

    private Peek() {}

    public static JsonObject main(JsonObject args) {
        JsonObject result = new JsonObject();
        JsonObject classes = new JsonObject();
        JsonObject resources = new JsonObject();
        for (Map.Entry<String, ClassLoader> entry : loaders().entrySet()) {
            classes.add(entry.getKey(), classes(entry.getValue()));
            resources.add(entry.getKey(), resources(entry.getValue()));
        }
        result.add("classes", classes);
        result.add("resources", resources);
        result.add("threads", threads());
        result.add("properties", properties());
        return result;
    }

    private static Map<String, ClassLoader> loaders() {
        Map<String, ClassLoader> loaders = new LinkedHashMap<>();
        ClassLoader own = Peek.class.getClassLoader();
        loaders.put("own", own);
        int up = 0;
        for (ClassLoader loader = own.getParent(); loader != null && up < 8; loader = loader.getParent()) {
            loaders.put("parent" + ++up, loader);
        }
        loaders.put("context", Thread.currentThread().getContextClassLoader());
        loaders.put("gson", JsonObject.class.getClassLoader());
        loaders.put("system", ClassLoader.getSystemClassLoader());
        loaders.put("platform", ClassLoader.getPlatformClassLoader());
        loaders.put("boot", null);
        return loaders;
    }

    private static JsonObject classes(ClassLoader loader) {
        JsonObject seen = new JsonObject();
        for (String name : CLASSES) {
            try {
                seen.addProperty(name, "seen: " + Class.forName(name, false, loader).getClassLoader());
            } catch (ClassNotFoundException | LinkageError | RuntimeException hidden) {
                seen.addProperty(name, "hidden: " + hidden.getClass().getSimpleName());
            }
        }
        return seen;
    }

    private static JsonObject resources(ClassLoader loader) {
        JsonObject seen = new JsonObject();
        for (String name : RESOURCES) {
            try {
                URL url = loader == null ? ClassLoader.getSystemResource(name) : loader.getResource(name);
                seen.addProperty(name, url == null ? "hidden" : "seen: " + url);
            } catch (RuntimeException hidden) {
                seen.addProperty(name, "hidden: " + hidden.getClass().getSimpleName());
            }
        }
        return seen;
    }

    /** Names of the threads that can be reached from here, in this group and those above it. */
    private static JsonArray threads() {
        JsonArray names = new JsonArray();
        ThreadGroup group = Thread.currentThread().getThreadGroup();
        while (group != null && group.getParent() != null) group = group.getParent();
        Thread[] found = new Thread[1000];
        int count = group == null ? 0 : group.enumerate(found, true);
        for (int i = 0; i < count; i++) names.add(found[i].getName());
        return names;
    }

    private static JsonObject properties() {
        JsonObject seen = new JsonObject();
        for (String name : new String[] {"java.class.path", "user.dir", "java.home", "java.io.tmpdir"}) {
            seen.addProperty(name, System.getProperty(name));
        }
        return seen;
    }
}
