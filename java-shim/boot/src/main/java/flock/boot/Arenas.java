package flock.boot;

import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The memory outside of the heap that one funclet has by arenas (java.lang.foreign), each of which the JDK calls a session. It lives until its arena is
 * closed, whether or not anybody refers to it, so arenas are kept until then, and what is open at the funclet's end is given back. Only
 * those that the collector closes are left to it. In the place of the global arena, which nothing closes, a funclet has one that ends with it.
 */
final class Arenas {
    private static final int FIRST_WITH_ARENAS = 22;
    private static final String PACKAGE = "jdk.internal.foreign.";
    private static final boolean ARE_THERE = Runtime.version().feature() >= FIRST_WITH_ARENAS;
    private static final Method ON_CLOSE = ARE_THERE ? method("MemorySessionImpl", "addCloseAction", Runnable.class) : null;
    private static final Method OF_ARENA = ARE_THERE ? method("MemorySessionImpl", "toMemorySession", arena()) : null;
    private static final Method SHARED = ARE_THERE ? method("MemorySessionImpl", "createShared") : null;
    private static final Method CLEAN_UP = ARE_THERE ? method("MemorySessionImpl$ResourceList", "cleanup") : null;
    private static final Field RESOURCES = ARE_THERE ? resources() : null;

    private final Set<Object> open = ConcurrentHashMap.newKeySet();
    private Object lasting;

    private static Class<?> type(String name) throws ClassNotFoundException {
        return Class.forName(PACKAGE + name, true, null);
    }

    private static Class<?> arena() {
        try {
            return Class.forName("java.lang.foreign.Arena", true, null);
        } catch (ClassNotFoundException absent) {
            throw new ExceptionInInitializerError(absent);
        }
    }

    private static Method method(String type, String name, Class<?>... parameters) {
        try {
            Method method = type(type).getDeclaredMethod(name, parameters);
            method.setAccessible(true);
            return method;
        } catch (ReflectiveOperationException absent) {
            throw new ExceptionInInitializerError(absent);
        }
    }

    private static Field resources() {
        try {
            Field field = type("MemorySessionImpl").getDeclaredField("resourceList");
            field.setAccessible(true);
            return field;
        } catch (ReflectiveOperationException absent) {
            throw new ExceptionInInitializerError(absent);
        }
    }

    static Object ofArena(Object arena) {
        return call(OF_ARENA, null, arena);
    }

    /** The session to take in the place of this one. */
    synchronized Object replaced(Object session) {
        if (!is(session, "GlobalSession")) {
            return session;
        }
        if (lasting == null) {
            lasting = call(SHARED, null);
        }
        return lasting;
    }

    /** Something of the session was made: gives what lives as long as it does. */
    Object holder(Object session) {
        if (is(session, "ImplicitSession")) {
            return session;
        }
        Runnable holder = new Holder();
        call(ON_CLOSE, session, holder);
        if (open.add(session)) {
            call(ON_CLOSE, session, (Runnable) () -> open.remove(session));
        }
        return holder;
    }

    /** Gives back what is open. For a funclet of which no thread lives any more. */
    void close() {
        if (open.isEmpty()) {
            return;
        }
        for (Object session : open) {
            try {
                call(CLEAN_UP, RESOURCES.get(session));
            } catch (IllegalAccessException | IllegalStateException closed) {
                // A thread was ended between the two steps of closing it.
            }
        }
        open.clear();
    }

    private static boolean is(Object session, String type) {
        return session.getClass().getName().equals(PACKAGE + type);
    }

    private static Object call(Method method, Object receiver, Object... arguments) {
        try {
            return method.invoke(receiver, arguments);
        } catch (InvocationTargetException thrown) {
            if (thrown.getCause() instanceof RuntimeException) {
                throw (RuntimeException) thrown.getCause();
            }
            throw (Error) thrown.getCause();
        } catch (IllegalAccessException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** The session refers to it until it is closed. */
    private static final class Holder implements Runnable {
        @Override
        public void run() {}
    }
}
