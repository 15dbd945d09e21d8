// Files in the jars of the host, by every loader, class and module that might show them.
package hostile.escape;

import static hostile.escape.Escape.attempt;

import com.google.gson.JsonObject;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.Map;

final class Resources {
    private static final String[] NAMES = {"flock/boot/Gate.class", "flock/shim/Shim.class", "META-INF/flock/types", "META-INF/MANIFEST.MF"};

    private Resources() {}

    static void all(JsonObject result) {
        Map<String, ClassLoader> loaders = new LinkedHashMap<>();
        loaders.put("platform", ClassLoader.getPlatformClassLoader());
        loaders.put("host", Resources.class.getClassLoader().getClass().getClassLoader());
        loaders.put("parent", Resources.class.getClassLoader().getParent());
        loaders.put("system", ClassLoader.getSystemClassLoader());
        loaders.put("urls", new URLClassLoader(new URL[0], null));
        loaders.put("urlsOfHost", new URLClassLoader(new URL[0], Resources.class.getClassLoader().getClass().getClassLoader()));
        loaders.put("orphan", new ClassLoader(null) {});
        for (String name : NAMES) {
            String end = "-" + name.substring(name.lastIndexOf('/') + 1);
            for (Map.Entry<String, ClassLoader> each : loaders.entrySet()) {
                ClassLoader loader = each.getValue();
                // The function's own jar has a manifest.
                if (loader == ClassLoader.getSystemClassLoader() && name.endsWith(".MF")) continue;
                attempt(result, each.getKey() + end, () -> loader.getResource(name));
                attempt(result, each.getKey() + "Stream" + end, () -> loader.getResourceAsStream(name));
                attempt(result, each.getKey() + "All" + end, () -> {
                    Enumeration<URL> found = loader.getResources(name);
                    return found.hasMoreElements() ? found.nextElement() : null;
                });
                attempt(result, each.getKey() + "Lines" + end, () -> loader.resources(name).findFirst().orElse(null));
            }
            for (Class<?> type : new Class<?>[] {Object.class, java.sql.Types.class, Thread.currentThread().getClass(),
                Resources.class.getClassLoader().getClass(), JsonObject.class}) {
                attempt(result, type.getSimpleName() + end, () -> type.getResource("/" + name));
                attempt(result, type.getSimpleName() + "Stream" + end, () -> type.getResourceAsStream("/" + name));
                attempt(result, type.getSimpleName() + "Module" + end, () -> type.getModule().getResourceAsStream(name));
            }
            if (!name.endsWith(".MF")) attempt(result, "systemResource" + end, () -> ClassLoader.getSystemResource(name));
        }
    }
}
