package flock.boot;

import java.util.HashSet;
import java.util.Set;

/**
 * The packages of the JDK. Functions see those of the modules that the boot and platform loaders define; of the tools' they find
 * what asks for them through the JDK.
 *
 * A jar that brings classes in a package that is seen (old copies of the XML interfaces) gets the JDK's, as on a plain class
 * path: mixed copies of one interface would not fit together.
 */
public final class JdkPackages {
    private static final Set<String> SEEN = new HashSet<>(4096);
    private static final Set<String> OTHERS = new HashSet<>();

    static {
        ClassLoader platform = ClassLoader.getPlatformClassLoader();
        for (Module module : ModuleLayer.boot().modules()) {
            ClassLoader loader = module.getClassLoader();
            (loader == null || loader == platform ? SEEN : OTHERS).addAll(module.getPackages());
        }
    }

    private JdkPackages() {}

    /** Is a class of this name in a package that functions see? */
    public static boolean has(String className) {
        return className.startsWith("java.") || SEEN.contains(packageOf(className));
    }

    /** Is there any package of the JDK for it? */
    static boolean know(String className) {
        String name = packageOf(className);
        return SEEN.contains(name) || OTHERS.contains(name);
    }

    private static String packageOf(String className) {
        return className.substring(0, Math.max(0, className.lastIndexOf('.')));
    }
}
