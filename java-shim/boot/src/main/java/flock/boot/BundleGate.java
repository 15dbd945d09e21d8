package flock.boot;

import java.lang.ref.Reference;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Locale;
import java.util.Map;
import java.util.ResourceBundle;

/**
 * The hook of the cache of resource bundles, which remembers also what it has looked for in vain, and forgets hardly anything of
 * that. The JDK's own bundles that are there are remembered for all; all else is remembered for the function that has asked for it, and goes with it.
 */
public final class BundleGate {
    private static final String BUNDLES = "resource bundles";
    private static final Object NONE;
    private static final Method LOCALE;
    private static final Method MODULE;
    private static final Method ASKER;

    static {
        try {
            Class<?> key = Class.forName("java.util.ResourceBundle$CacheKey", false, null);
            LOCALE = open(key.getDeclaredMethod("getLocale"));
            MODULE = open(key.getDeclaredMethod("getModule"));
            ASKER = open(key.getDeclaredMethod("getCallerModule"));
            Field none = ResourceBundle.class.getDeclaredField("NONEXISTENT_BUNDLE");
            none.setAccessible(true);
            NONE = none.get(null);
        } catch (ReflectiveOperationException unknown) {
            throw new ExceptionInInitializerError(unknown);
        }
    }

    private BundleGate() {}

    private static Method open(Method method) {
        method.setAccessible(true);
        return method;
    }

    public static Object bundles(Object shared) {
        Own own = Own.ofCaller();
        if (own == null) {
            return shared;
        }
        Object value = own.value(BUNDLES);
        if (value != null) {
            return value;
        }
        @SuppressWarnings("unchecked")
        Map<Object, Object> all = (Map<Object, Object>) shared;
        return own.keep(BUNDLES, new Bundles(all));
    }

    private static boolean isBuiltIn(Module module) {
        return module != null && Callers.isBuiltIn(module.getClassLoader());
    }

    private static final class Bundles extends Overlay {
        private static final long serialVersionUID = 1;

        Bundles(Map<Object, Object> shared) {
            super(shared);
        }

        @Override
        boolean isForAll(Object key, Object reference) {
            try {
                Object bundle = ((Reference<?>) reference).get();
                return bundle != null && bundle != NONE && Callers.isBuiltIn(bundle.getClass().getClassLoader())
                        && isBuiltIn((Module) MODULE.invoke(key)) && isBuiltIn((Module) ASKER.invoke(key))
                        && LocaleGate.isUsual((Locale) LOCALE.invoke(key));
            } catch (ReflectiveOperationException unknown) {
                return false;
            }
        }
    }
}
