package flock.boot;

import java.lang.invoke.MethodHandle;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;

/**
 * What one funclet has left in caches that the JDK keeps for all, so that it can be taken out when the funclet ends.
 *
 * Wiping runs on a thread of the host and calls no method that a function can write: ClassValue.remove, for one, can be
 * overridden, and so the map behind it is asked.
 */
final class Traces {
    private final Map<Object, Set<Class<?>>> values = new IdentityHashMap<>();
    private final Set<Object> caches = Collections.newSetFromMap(new IdentityHashMap<>());
    /** By identity, which is what handles are equal by. Most are the function's own and go sooner. */
    private final Map<Object, Boolean> handles = new WeakHashMap<>();

    synchronized void addValue(Object classValue, Class<?> type) {
        Set<Class<?>> types = values.get(classValue);
        if (types == null) {
            types = Collections.newSetFromMap(new IdentityHashMap<>());
            values.put(classValue, types);
        }
        types.add(type);
    }

    synchronized void addCache(Object cache) {
        caches.add(cache);
    }

    synchronized void addHandle(Object handle) {
        handles.put(handle, Boolean.TRUE);
    }

    /** Takes out what is there of the funclet. */
    synchronized void wipe() {
        try {
            wipeValues();
            for (Object cache : caches) {
                clear(cache);
            }
            wipeHandles();
        } catch (ReflectiveOperationException unknown) {
            // What is left there keeps the classes, and that is reported.
        }
        // Not when the heap was full: then all of it is done again.
        values.clear();
        caches.clear();
        handles.clear();
    }

    /** Entries cannot be told apart; what is taken out of others' is computed again. */
    private static void clear(Object cache) throws ReflectiveOperationException {
        Class<?> context = Class.forName("java.beans.ThreadGroupContext", false, null);
        Method clear = cache.getClass() == context ? context.getDeclaredMethod("clearBeanInfoCache")
                : Class.forName("com.sun.beans.util.Cache", false, null).getMethod("clear");
        open(clear).invoke(cache);
    }

    private void wipeValues() throws ReflectiveOperationException {
        if (values.isEmpty()) {
            return;
        }
        Method mapOf = open(ClassValue.class.getDeclaredMethod("getMap", Class.class));
        Method remove = null;
        for (Method each : Class.forName("java.lang.ClassValue$ClassValueMap").getDeclaredMethods()) {
            // Of JDK 17 and of later ones.
            if (each.getName().equals("removeEntry") || each.getName().equals("removeAccess")) {
                remove = open(each);
            }
        }
        if (remove == null) {
            throw new NoSuchMethodException("ClassValueMap.removeEntry");
        }
        for (Map.Entry<Object, Set<Class<?>>> each : values.entrySet()) {
            for (Class<?> type : each.getValue()) {
                remove.invoke(mapOf.invoke(null, type), each.getKey());
            }
        }
    }

    private void wipeHandles() throws ReflectiveOperationException {
        for (Field field : handles.isEmpty() ? new Field[0] : MethodHandle.class.getDeclaredFields()) {
            // One on JDK 17, with a soft one beside it on later ones.
            if (field.getName().equals("asTypeCache") || field.getName().equals("asTypeSoftCache")) {
                field.setAccessible(true);
                for (Object handle : handles.keySet()) {
                    field.set(handle, null);
                }
            }
        }
    }

    private static Method open(Method method) {
        method.setAccessible(true);
        return method;
    }
}
