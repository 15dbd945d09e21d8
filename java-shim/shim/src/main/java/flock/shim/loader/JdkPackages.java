package flock.shim.loader;

import java.util.HashSet;
import java.util.Set;

/**
 * The packages of the JDK that functions see: those of the modules that the boot and platform loaders define.
 *
 * A jar that brings classes in such a package (old copies of the XML interfaces) gets the JDK's, as on a plain class
 * path: mixed copies of one interface would not fit together.
 */
final class JdkPackages {
    private static final Set<String> NAMES = names();

    private JdkPackages() {}

    private static Set<String> names() {
        Set<String> names = new HashSet<>(4096);
        ClassLoader platform = ClassLoader.getPlatformClassLoader();
        for (Module module : ModuleLayer.boot().modules()) {
            ClassLoader loader = module.getClassLoader();
            if (loader == null || loader == platform) {
                names.addAll(module.getPackages());
            }
        }
        return names;
    }

    static boolean has(String className) {
        if (className.startsWith("java.")) {
            return true;
        }
        int dot = className.lastIndexOf('.');
        return dot > 0 && NAMES.contains(className.substring(0, dot));
    }
}
