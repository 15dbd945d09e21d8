package flock.shim.call;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Takes the values of thread-locals off a thread and puts others there: the JDK keeps them in two fields of Thread.
 *
 * The agent opens java.lang to the shim, and to nobody else. A JDK without those fields has no chains, which is seen
 * at the start.
 */
final class ThreadLocals {
    private static final VarHandle LOCALS = field("threadLocals");
    private static final VarHandle INHERITABLE = field("inheritableThreadLocals");

    private ThreadLocals() {}

    private static VarHandle field(String name) {
        try {
            Class<?> map = Class.forName("java.lang.ThreadLocal$ThreadLocalMap");
            return MethodHandles.privateLookupIn(Thread.class, MethodHandles.lookup())
                    .findVarHandle(Thread.class, name, map).withInvokeBehavior();
        } catch (ReflectiveOperationException absent) {
            throw new ExceptionInInitializerError(absent);
        }
    }

    /** To be called on the thread itself. */
    static void put(Thread thread, Object locals, Object inheritable) {
        LOCALS.set(thread, locals);
        INHERITABLE.set(thread, inheritable);
    }

    static Object locals(Thread thread) {
        return LOCALS.get(thread);
    }

    static Object inheritable(Thread thread) {
        return INHERITABLE.get(thread);
    }
}
