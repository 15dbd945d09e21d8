package flock.boot;

import java.lang.reflect.Method;
import java.util.Collections;
import java.util.Hashtable;
import java.util.IdentityHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Hooks of the JDK's caches by locale, and of the like, which forget nothing: what a function puts there would take room in the
 * heap for ever, and nobody would have to answer for it. Usual locales (and numbers and short texts) are remembered for all, as many as are in use; any
 * other one is remembered for the function alone that has asked for it, and goes with it.
 */
public final class LocaleGate {
    private static final String CACHES = "caches by locale";
    private static final String CONTENT = "handlers of content";
    /** So many entries a cache has for all. */
    private static final int SHARED_MAX = 1024;
    private static final int LETTERS_MAX = 3;
    private static final int LETTERS_OF_SCRIPT = 4;
    private static final int TEXT_MAX = 64;

    /** Makes a map whose keys are held softly; null where the JDK has none. */
    private static final Method REFERENCED = referencedMaps();

    private LocaleGate() {}

    /** A cache by locale, by a number, or by a text or a pair with one. */
    public static Object cache(Object shared) {
        Own own = Own.ofCaller();
        if (own == null) {
            return shared;
        }
        @SuppressWarnings("unchecked")
        Map<Object, Cache> caches = (Map<Object, Cache>) own.value(CACHES);
        if (caches == null) {
            @SuppressWarnings("unchecked")
            Map<Object, Cache> made = (Map<Object, Cache>) own.keep(CACHES,
                    Collections.synchronizedMap(new IdentityHashMap<>()));
            caches = made;
        }
        Cache cache = caches.get(shared);
        if (cache == null) {
            @SuppressWarnings("unchecked")
            Map<Object, Object> all = (Map<Object, Object>) shared;
            Cache made = new Cache(all);
            cache = caches.putIfAbsent(shared, made);
            return cache == null ? made : cache;
        }
        return cache;
    }

    /** By the class of a service, such caches. */
    public static Object caches(Object shared) {
        if (Own.ofCaller() == null) {
            return shared;
        }
        @SuppressWarnings("unchecked")
        Map<Object, Object> all = (Map<Object, Object>) shared;
        return new Caches(all);
    }

    /** Who reads what by its kind, in URLConnection: the kind is whatever the connection says. */
    public static Object contentHandlers(Object shared) {
        Own own = Own.ofCaller();
        if (own == null) {
            return shared;
        }
        Object value = own.value(CONTENT);
        return value != null ? value : own.keep(CONTENT, new Hashtable<>());
    }

    /** Locales by what they are made of, on JDKs where they, and what is above them, hold that themselves. */
    public static Object locales(Object shared) {
        return referenced(shared, "locales");
    }

    public static Object candidates(Object shared) {
        return referenced(shared, "locales above locales");
    }

    private static Object referenced(Object shared, String name) {
        Own own = Own.ofCaller();
        if (own == null) {
            return shared;
        }
        Object value = own.value(name);
        try {
            return value != null ? value : own.keep(name, REFERENCED.invoke(null, true, new Maps()));
        } catch (ReflectiveOperationException unknown) {
            throw new IllegalStateException(unknown);
        }
    }

    private static Method referencedMaps() {
        try {
            return Class.forName("jdk.internal.util.ReferencedKeyMap", false, null).getMethod("create", boolean.class, Supplier.class);
        } catch (ClassNotFoundException | NoSuchMethodException older) {
            return null;
        }
    }

    private static final class Maps implements Supplier<Map<?, ?>> {
        @Override
        public Map<?, ?> get() {
            return new ConcurrentHashMap<>(4);
        }
    }

    /** Is it one of not too many, and short? */
    static boolean isUsual(Object key) {
        if (key instanceof Locale) {
            Locale locale = (Locale) key;
            return locale.getVariant().isEmpty() && !locale.hasExtensions() && locale.getLanguage().length() <= LETTERS_MAX
                    && locale.getCountry().length() <= LETTERS_MAX && locale.getScript().length() <= LETTERS_OF_SCRIPT;
        }
        if (key instanceof Map.Entry) {
            Map.Entry<?, ?> pair = (Map.Entry<?, ?>) key;
            Object first = pair.getKey();
            return first != null && Callers.isBuiltIn(first.getClass().getClassLoader()) && isUsual(pair.getValue());
        }
        return key instanceof Integer || key instanceof String && ((String) key).length() <= TEXT_MAX;
    }

    private static final class Cache extends Overlay {
        private static final long serialVersionUID = 1;

        Cache(Map<Object, Object> shared) {
            super(shared);
        }

        @Override
        boolean isForAll(Object key, Object value) {
            return isUsual(key) && (shared.size() < SHARED_MAX || shared.containsKey(key));
        }
    }

    /** What functions see of a cache of caches, whose keys are the JDK's. */
    private static final class Caches extends ConcurrentHashMap<Object, Object> {
        private static final long serialVersionUID = 1;
        private final transient Map<Object, Object> shared;

        Caches(Map<Object, Object> shared) {
            super(1);
            this.shared = shared;
        }

        @Override
        public Object get(Object type) {
            Object inner = shared.get(type);
            return inner == null ? null : cache(inner);
        }

        @Override
        public Object putIfAbsent(Object type, Object inner) {
            boolean isJdks = type instanceof Class && Callers.isBuiltIn(((Class<?>) type).getClassLoader());
            return isJdks ? shared.putIfAbsent(type, new ConcurrentHashMap<>()) : null;
        }
    }
}
