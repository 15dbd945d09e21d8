package flock.boot;

import java.lang.reflect.AccessibleObject;
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
    private static final Method ON_CLOSE;
    private static final Method OF_ARENA;
    private static final Method SHARED;
    /** What is to be done when a session is closed, as one Runnable. */
    private static final Field RESOURCES;

    static {
        boolean areThere = Runtime.version().feature() >= FIRST_WITH_ARENAS;
        try {
            Class<?> session = areThere ? Class.forName(PACKAGE + "MemorySessionImpl", true, null) : null;
            Class<?> arena = areThere ? Class.forName("java.lang.foreign.Arena", true, null) : null;
            ON_CLOSE = areThere ? session.getDeclaredMethod("addCloseAction", Runnable.class) : null;
            OF_ARENA = areThere ? session.getDeclaredMethod("toMemorySession", arena) : null;
            SHARED = areThere ? session.getDeclaredMethod("createShared") : null;
            RESOURCES = areThere ? session.getDeclaredField("resourceList") : null;
            if (areThere) {
                AccessibleObject.setAccessible(new AccessibleObject[] {ON_CLOSE, OF_ARENA, SHARED, RESOURCES}, true);
            }
        } catch (ReflectiveOperationException absent) {
            throw new ExceptionInInitializerError(absent);
        }
    }

    private final Set<Object> open = ConcurrentHashMap.newKeySet();
    private Object lasting;

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
                ((Runnable) RESOURCES.get(session)).run();
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
