package flock.boot;

import java.util.Iterator;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The hooks of DriverManager: each funclet has a list of drivers of its own, which goes with it, and looks once for those in
 * its jar. The JDK looks once in the life of the JVM, and by whoever comes first.
 */
public final class SqlGate {
    private static final String LOOKED = "sql drivers";
    private static final String DRIVERS = "list of drivers";

    private SqlGate() {}

    /** The list that the calling function sees in the place of the JDK's. */
    public static Object drivers(Object shared) {
        Own own = Own.ofCaller();
        if (own == null) {
            return shared;
        }
        Object value = own.value(DRIVERS);
        return value != null ? value : own.keep(DRIVERS, new CopyOnWriteArrayList<>());
    }

    /** The JDK would do it while it holds a lock of all, and make what the caller's jar has there. */
    public static boolean looks() {
        Face face = Gate.caller();
        if (face == null || face.budget().own().value(LOOKED) != null) {
            return face != null;
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
        return true;
    }
}
