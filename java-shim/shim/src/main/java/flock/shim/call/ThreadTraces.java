package flock.shim.call;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What a function leaves in the fields of a thread, taken off it between the hops of a chain: the values of thread-locals and
 * the state of ThreadLocalRandom come back with the function's next hop. What somebody else would call, or find, by the thread goes for
 * good: the channel that an interrupt closes, and the object that it waits on.
 *
 * The agent opens java.lang to the shim, and to nobody else. A JDK without those fields has no chains, which is seen
 * at the start.
 */
final class ThreadTraces {
    private static final String MAP = "java.lang.ThreadLocal$ThreadLocalMap";
    private static final VarHandle LOCALS = field(MAP, "threadLocals");
    private static final VarHandle INHERITABLE = field(MAP, "inheritableThreadLocals");
    private static final VarHandle SEED = field(long.class, "threadLocalRandomSeed");
    private static final VarHandle PROBE = field(int.class, "threadLocalRandomProbe");
    private static final VarHandle SECOND_SEED = field(int.class, "threadLocalRandomSecondarySeed");
    private static final VarHandle CHANNEL = field("sun.nio.ch.Interruptible", "blocker", "nioBlocker");
    private static final VarHandle PARKED = field(Object.class, "parkBlocker");

    private Object locals;
    private Object inheritable;
    private long seed;
    /** 0: the next who asks gets a seed. */
    private int probe;
    private int secondSeed;

    private static VarHandle field(String type, String... names) {
        try {
            return field(Class.forName(type), names);
        } catch (ClassNotFoundException absent) {
            throw new ExceptionInInitializerError(absent);
        }
    }

    /** The field that has one of these names, by the JDK. */
    private static VarHandle field(Class<?> type, String... names) {
        ReflectiveOperationException absent = null;
        for (String name : names) {
            try {
                return MethodHandles.privateLookupIn(Thread.class, MethodHandles.lookup())
                        .findVarHandle(Thread.class, name, type).withInvokeBehavior();
            } catch (ReflectiveOperationException other) {
                absent = other;
            }
        }
        throw new ExceptionInInitializerError(absent);
    }

    /** To be called on the thread itself. */
    void put(Thread thread) {
        LOCALS.set(thread, locals);
        INHERITABLE.set(thread, inheritable);
        SEED.set(thread, seed);
        PROBE.set(thread, probe);
        SECOND_SEED.set(thread, secondSeed);
    }

    /** The same. */
    void take(Thread thread) {
        locals = LOCALS.get(thread);
        inheritable = INHERITABLE.get(thread);
        LOCALS.set(thread, null);
        INHERITABLE.set(thread, null);
        seed = (long) SEED.get(thread);
        probe = (int) PROBE.get(thread);
        secondSeed = (int) SECOND_SEED.get(thread);
        PROBE.set(thread, 0);
        if (CHANNEL.get(thread) != null) {
            CHANNEL.setVolatile(thread, null);
        }
        if (PARKED.get(thread) != null) {
            PARKED.setVolatile(thread, null);
        }
    }
}
