package flock.boot;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.time.temporal.TemporalField;
import java.util.Locale;

/**
 * Hooks of caches of the JDK that serve all and would keep a function's classes for as long as the JVM lives: they note
 * what a funclet has left there, and its {@link Traces} are wiped when it ends.
 */
public final class TraceGate {
    private static final String XML_READERS = "readers of XML";

    private TraceGate() {}

    /** A ClassValue of a function computes a value for this class. The classes of the function itself go with it. */
    public static void values(Object classValue, Class<?> type) {
        if (!Callers.isBuiltIn(classValue.getClass().getClassLoader()) && Callers.isBuiltIn(type.getClassLoader())) {
            Traces traces = traces();
            if (traces != null) {
                traces.addValue(classValue, type);
            }
        }
    }

    /** A cache of java.beans is asked, or its context for a thread group keeps a description. */
    public static void asks(Object cache) {
        Traces traces = traces();
        if (traces != null) {
            traces.addCache(cache);
        }
    }

    /** A handle, which may be one that the JDK keeps (for the methods of records, for one), keeps its latest other type. */
    public static void adapts(Object handle, MethodType type) {
        if (namesFunctions(type) && !namesFunctions(((MethodHandle) handle).type())) {
            Traces traces = traces();
            if (traces != null) {
                traces.addHandle(handle);
            }
        }
    }

    /** Texts of a field of time: of a function's own the JDK has none, and would remember that with the field. */
    public static Object texts(Object provider, TemporalField field, Locale locale) {
        boolean isJdks = field == null || Callers.isBuiltIn(field.getClass().getClassLoader());
        return isJdks ? Gate.PASS : "";
    }

    /** Who makes readers of XML for transformers, by the settings of the transformer that was made last. */
    public static Object xmlReaders(Object shared) {
        Own own = Own.ofCaller();
        if (own == null) {
            return shared;
        }
        Object value = own.value(XML_READERS);
        return value != null ? value : own.keep(XML_READERS, newXmlReaders(shared.getClass()));
    }

    private static Object newXmlReaders(Class<?> type) {
        try {
            Constructor<?> make = type.getDeclaredConstructor();
            make.setAccessible(true);
            return make.newInstance();
        } catch (ReflectiveOperationException unmade) {
            throw new IllegalStateException("a function's own readers of XML could not be made", unmade);
        }
    }

    private static boolean namesFunctions(MethodType type) {
        if (!Callers.isBuiltIn(type.returnType().getClassLoader())) {
            return true;
        }
        for (int i = 0; i < type.parameterCount(); i++) {
            if (!Callers.isBuiltIn(type.parameterType(i).getClassLoader())) {
                return true;
            }
        }
        return false;
    }

    private static Traces traces() {
        Own own = Own.ofCaller();
        return own == null ? null : own.traces();
    }
}
