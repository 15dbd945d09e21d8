package flock.shim.loader;

import flock.boot.Guard;
import flock.boot.JdkPackages;
import flock.boot.ReachGate;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Enumeration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The parent of every funclet's loader. It shows the JDK, the class by which functions call one another, gson and the types of
 * conventions, which stand in the signatures of functions and must be the same on both sides. The shim, ASM and the boot jar are not found through it, but for the one class
 * that rewritten code calls; a copy of that in the jar would switch the checks off, so it does not count either.
 */
final class ApiLoader extends ClassLoader {
    static {
        registerAsParallelCapable();
    }

    static final ApiLoader INSTANCE = new ApiLoader();

    private static final String GSON_CLASSES = "com.google.gson.";
    private static final String GUARD = "flock.boot.Guard";
    private static final String GSON_FILES = "com/google/gson/";

    /** What was asked for before. A class that is shown is shown to all, and for ever. */
    private final ConcurrentHashMap<String, Class<?>> shown = new ConcurrentHashMap<>();
    private final Set<String> types = types();
    private final ClassLoader platform = ClassLoader.getPlatformClassLoader();
    private final ClassLoader host = ApiLoader.class.getClassLoader();

    private ApiLoader() {
        super("flock-api", ClassLoader.getPlatformClassLoader());
    }

    /** The listing in flock-types.jar. A type that a newer version of a convention has besides is the jar's own. */
    private static Set<String> types() {
        try (InputStream listing = ClassLoader.getSystemResourceAsStream("META-INF/flock/types")) {
            String text = new String(listing.readAllBytes(), StandardCharsets.UTF_8);
            return new HashSet<>(Arrays.asList(text.split("\n")));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** True when the class is the JDK's, gson's, a convention's or the host's, so that a copy in the jar does not count. */
    boolean owns(String className) {
        return className.startsWith(GSON_CLASSES) || className.equals(GUARD) || types.contains(className)
                || ReachGate.isApi(className) || JdkPackages.has(className);
    }

    /** The class of this name, if it is one of these and was asked for before. */
    Class<?> shown(String name) {
        return shown.get(name);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        Class<?> known = shown.get(name);
        if (known != null) {
            return known;
        }
        Class<?> found = find(name);
        shown.put(name, found);
        return found;
    }

    private Class<?> find(String name) throws ClassNotFoundException {
        if (name.startsWith(GSON_CLASSES) || types.contains(name) || ReachGate.isApi(name)) {
            return host.loadClass(name);
        }
        if (name.equals(GUARD)) {
            return Guard.class;
        }
        if (JdkPackages.has(name) && !ReachGate.isHidden(name)) {
            return platform.loadClass(name);
        }
        throw new ClassNotFoundException(name);
    }

    @Override
    public URL getResource(String name) {
        if (name.startsWith(GSON_FILES)) {
            return host.getResource(name);
        }
        URL found = platform.getResource(name);
        return found == null || isJdk(found) ? found : firstOf(name);
    }

    private URL firstOf(String name) {
        try {
            Enumeration<URL> all = getResources(name);
            return all.hasMoreElements() ? all.nextElement() : null;
        } catch (IOException unreadable) {
            return null;
        }
    }

    @Override
    public Enumeration<URL> getResources(String name) throws IOException {
        if (name.startsWith(GSON_FILES)) {
            return host.getResources(name);
        }
        List<URL> shown = new ArrayList<>();
        for (Enumeration<URL> all = platform.getResources(name); all.hasMoreElements();) {
            URL url = all.nextElement();
            if (isJdk(url)) {
                shown.add(url);
            }
        }
        return Collections.enumeration(shown);
    }

    /** The JDK's own files have this scheme; the rest that the boot class path shows is the host's. */
    private static boolean isJdk(URL url) {
        return url.getProtocol().equals("jrt");
    }
}
