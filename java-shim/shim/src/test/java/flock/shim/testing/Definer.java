package flock.shim.testing;

import java.util.Map;
import java.util.TreeMap;

/** Defines the classes of some files, its own before those of the class path, and lets the JVM verify them. */
public final class Definer extends ClassLoader {
    private final Map<String, byte[]> files;

    public Definer(Map<String, byte[]> files) {
        super(Definer.class.getClassLoader());
        this.files = files;
    }

    /** All class files of these, rewritten. */
    public static Map<String, byte[]> rewritten(Map<String, byte[]> files) {
        Map<String, byte[]> all = new TreeMap<>();
        files.forEach((name, bytes) -> all.put(name, Images.rewritten(bytes)));
        return all;
    }

    /** The classes of these sources as the compiler made them. */
    public static Map<String, byte[]> compiled(String... sources) {
        return Sources.compile(sources);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) {
            Class<?> type = findLoadedClass(name);
            byte[] file = files.get(name.replace('.', '/') + ".class");
            if (type != null || file == null) {
                return type != null ? type : super.loadClass(name, resolve);
            }
            return defineClass(name, file, 0, file.length);
        }
    }

    /** Defines and verifies one class. */
    public Class<?> verified(String name) throws ClassNotFoundException {
        Class<?> type = loadClass(name);
        // Asking for its constructors links a class and so verifies it, without running anything of it.
        type.getDeclaredConstructors();
        return type;
    }
}
