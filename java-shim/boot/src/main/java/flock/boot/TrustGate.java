package flock.boot;

import java.lang.reflect.Method;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Hooks of what the JDK remembers of certificates, keys and their parameters. Objects of one function would be in it, whose
 * methods run with the rights of whoever asks next, and what its providers made of a certificate would be believed by all:
 * each funclet has its own.
 */
public final class TrustGate {
    private static final String BLINDING = "blinding by modulus";
    /** As many as the JDK keeps. */
    private static final int CERTIFICATES = 750;

    private TrustGate() {}

    /** Certificates by their encoded form. */
    public static Object certificates(Object shared) {
        return Gate.caller() == null || FirstGate.isMadeForAll() ? shared : cache(shared, "certificates by form");
    }

    public static Object revocations(Object shared) {
        return cache(shared, "lists of revocations by form");
    }

    /** Stores of certificates and revocations by address; each asks the provider of whoever had it made. */
    public static Object storesByAddress(Object shared) {
        return cache(shared, "stores of certificates by address");
    }

    public static Object storesByDirectory(Object shared) {
        return cache(shared, "stores of certificates by directory");
    }

    /** The key by which a certificate was verified last: nobody's word for another, and maybe a class of a function. */
    public static Object verifiedBy(Object key) {
        return Gate.caller() == null ? key : null;
    }

    /** What hides a private key's work. */
    public static Object blinding(Object shared) {
        Own own = Own.ofCaller();
        if (own == null) {
            return shared;
        }
        Object value = own.value(BLINDING);
        return value != null ? value : own.keep(BLINDING, new WeakHashMap<>());
    }

    /** Parameters by size. */
    public static Object agreement(Object shared) {
        return copied(shared, "parameters of DH");
    }

    public static Object signing(Object shared) {
        return copied(shared, "parameters of DSA");
    }

    /** Those that the JDK brings, to which the function's come. */
    private static Object copied(Object shared, String name) {
        Own own = Own.ofCaller();
        if (own == null) {
            return shared;
        }
        Object value = own.value(name);
        return value != null ? value : own.keep(name, new ConcurrentHashMap<>((Map<?, ?>) shared));
    }

    private static Object cache(Object shared, String name) {
        Own own = Own.ofCaller();
        if (own == null) {
            return shared;
        }
        Object value = own.value(name);
        return value != null ? value : own.keep(name, newCache());
    }

    private static Object newCache() {
        try {
            Method make = Class.forName("sun.security.util.Cache", true, null).getMethod("newSoftMemoryCache", int.class);
            make.setAccessible(true);
            return make.invoke(null, CERTIFICATES);
        } catch (ReflectiveOperationException unmade) {
            throw new IllegalStateException("a function's own certificates could not be kept", unmade);
        }
    }
}
