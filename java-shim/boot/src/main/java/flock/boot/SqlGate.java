package flock.boot;

import java.util.Iterator;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/**
 * The hook of DriverManager where the JDK looks for drivers, once in the life of the JVM and by whoever comes first: each
 * funclet looks once for its own. Which driver whom belongs to the JDK tells by class loaders.
 */
public final class SqlGate {
    private static final String LOOKED = "sql drivers";

    private SqlGate() {}

    public static void looks() {
        Face face = Gate.caller();
        if (face == null || face.budget().own().value(LOOKED) != null) {
            return;
        }
        face.budget().own().keep(LOOKED, Boolean.TRUE);
        try {
            Class<?> driver = Class.forName("java.sql.Driver", false, ClassLoader.getPlatformClassLoader());
            Iterator<?> drivers = ServiceLoader.load(driver, face.systemLoader()).iterator();
            while (drivers.hasNext()) {
                // Made, so that its initialiser registers it.
                drivers.next();
            }
        } catch (ClassNotFoundException | ServiceConfigurationError none) {
            // As in the JDK: drivers that cannot be made are left out.
        }
    }
}
