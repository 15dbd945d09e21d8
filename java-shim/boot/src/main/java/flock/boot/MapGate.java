package flock.boot;

import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Hooks of maps of the JDK that forget nothing, or believe whoever filled them first: hashes of nothing, whether a class signs, who
 * writes a bean, modules for logins, readers of signed XML and the like. Each funclet has its own, known by the one that it
 * stands for, of the same kind.
 */
public final class MapGate {
    private static final String MAPS = "maps of its own";

    private MapGate() {}

    /** One with nothing in it. */
    public static Object empty(Object shared) {
        return own(shared, false);
    }

    /** One that begins with what is in the shared one: only for those that nobody but the JDK has filled. */
    public static Object copied(Object shared) {
        return own(shared, true);
    }

    private static Object own(Object shared, boolean isCopied) {
        Own own = Own.ofCaller();
        if (own == null) {
            return shared;
        }
        @SuppressWarnings("unchecked")
        Map<Object, Object> maps = (Map<Object, Object>) own.value(MAPS);
        if (maps == null) {
            @SuppressWarnings("unchecked")
            Map<Object, Object> made = (Map<Object, Object>) own.keep(MAPS, Collections.synchronizedMap(new IdentityHashMap<>()));
            maps = made;
        }
        Object value = maps.get(shared);
        if (value != null) {
            return value;
        }
        Object made = like(shared, isCopied);
        value = maps.putIfAbsent(shared, made);
        return value == null ? made : value;
    }

    private static Object like(Object shared, boolean isCopied) {
        if (shared instanceof Collection) {
            return new HashSet<>();
        }
        Map<Object, Object> made = like(shared.getClass());
        if (isCopied) {
            made.putAll((Map<?, ?>) shared);
        }
        return made;
    }

    private static Map<Object, Object> like(Class<?> type) {
        if (type == HashMap.class) {
            return new HashMap<>();
        }
        if (type == Hashtable.class) {
            return new Hashtable<>();
        }
        if (type == ConcurrentHashMap.class) {
            return new ConcurrentHashMap<>();
        }
        // What is in a synchronised one cannot be seen; that its keys are held weakly harms none of them.
        Map<Object, Object> weak = new WeakHashMap<>();
        return type == WeakHashMap.class ? weak : Collections.synchronizedMap(weak);
    }
}
