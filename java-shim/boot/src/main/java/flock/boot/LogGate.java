package flock.boot;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.logging.ConsoleHandler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;

/**
 * Hooks of java.util.logging: each funclet that logs has a LogManager of its own, with loggers, levels and handlers that
 * nobody else sees, those of System.getLogger included. What the JDK logs goes by the host's.
 */
public final class LogGate {
    private static final String MANAGER = "log manager";
    private static final Field ROOT_LOGGER;

    static {
        try {
            ROOT_LOGGER = LogManager.class.getDeclaredField("rootLogger");
            ROOT_LOGGER.setAccessible(true);
        } catch (NoSuchFieldException other) {
            throw new ExceptionInInitializerError(other);
        }
    }

    private LogGate() {}

    public static Object manager() {
        Face face = Gate.caller();
        if (face == null || !Callers.functionAsksForItself() && !logsForItself()) {
            return Gate.PASS;
        }
        Own own = face.budget().own();
        Object manager = own.value(MANAGER);
        if (manager != null) {
            return manager;
        }
        Manager made = new Manager();
        manager = own.keep(MANAGER, made);
        if (manager == made) {
            made.fill();
        }
        return manager;
    }

    /** By a System.Logger; one that a class of the JDK keeps is the host's. */
    private static boolean logsForItself() {
        return Callers.functionLogs() && !Callers.isInitialisingJdk();
    }

    /** Logger.getGlobal. */
    public static Object global() {
        Face face = Gate.caller();
        return face == null || !Callers.functionAsksForItself() ? Gate.PASS
                : Logger.getLogger(Logger.GLOBAL_LOGGER_NAME);
    }

    /** Logger.getParent: that of the field Logger.global is the host's root. */
    @SuppressWarnings("deprecation")
    public static Object parent(Object logger) {
        return logger != Logger.global || Gate.caller() == null || !Callers.functionCalls(Logger.class) ? Gate.PASS
                : Logger.getGlobal().getParent();
    }

    /** The logger in the field Logger.global is one for all. */
    @SuppressWarnings("deprecation")
    public static void changes(Object logger) {
        if (logger == Logger.global && Gate.caller() != null && Callers.functionCalls(Logger.class)) {
            throw new SecurityException("a function cannot change the logger in the field Logger.global; "
                    + "Logger.getGlobal() gives its own");
        }
    }

    /** The known levels by their names: a function that makes one adds it to its own. */
    public static Object levelsByName(Object shared) {
        return levels(shared, "levels by name");
    }

    public static Object levelsByValue(Object shared) {
        return levels(shared, "levels by value");
    }

    private static Object levels(Object shared, String name) {
        Own own = Own.ofCaller();
        if (own == null || Callers.isInitialisingJdk()) {
            return shared;
        }
        Object value = own.value(name);
        return value != null ? value : own.keep(name, copy((Map<?, ?>) shared));
    }

    /** The lists in it are the function's own, too. */
    private static Map<Object, Object> copy(Map<?, ?> shared) {
        Map<Object, Object> own = new HashMap<>();
        for (Map.Entry<?, ?> each : shared.entrySet()) {
            own.put(each.getKey(), new ArrayList<>((List<?>) each.getValue()));
        }
        return own;
    }

    private static final class Manager extends LogManager {
        /** The root with its console, as the JDK's own configuration has it. A manager keeps no other logger from the collector. */
        void fill() {
            Root root = new Root();
            try {
                ROOT_LOGGER.set(this, root);
            } catch (IllegalAccessException closed) {
                throw new IllegalStateException(closed);
            }
            root.setLevel(Level.INFO);
            addLogger(root);
            root.addHandler(new ConsoleHandler());
        }
    }

    private static final class Root extends Logger {
        Root() {
            super("", null);
        }
    }
}
