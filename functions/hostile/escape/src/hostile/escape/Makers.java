// Objects without their constructors, by those who can make them: gson, serialization, java.beans.
package hostile.escape;

import static hostile.escape.Escape.attempt;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.lang.reflect.Method;

final class Makers {
    private static final String ALLOCATOR = "com.google.gson.internal.UnsafeAllocator";

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
}
