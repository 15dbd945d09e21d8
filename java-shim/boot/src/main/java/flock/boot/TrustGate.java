package flock.boot;

import java.lang.reflect.Method;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Hooks of what the JDK remembers of certificates, keys and their parameters. Objects of one function would be in it, whose
 * methods run with the rights of whoever asks next, and what its providers made of a certificate would be believed by all:
 * each funclet has its own.
 */
public final class TrustGate {
    private static final int CERTIFICATES = 750;
    private static final int FRAMES = 64;
    /** Here the JDK reads its own trust store, for all: by the host's providers (see FirstGate) and of what these have made. */
    private static final Set<String> FOR_ALL = Set.of("sun.security.ssl.TrustStoreManager$TrustAnchorManager.getKeyStore",
            "sun.security.ssl.TrustStoreManager$TrustAnchorManager.getTrustedCerts");

    private TrustGate() {}

    /** Certificates by their encoded form, as the factory keeps them. */
    public static Object certificates(Object shared) {
        return Gate.caller() == null || Callers.passes(FOR_ALL, FRAMES) ? shared
                : own("certificates by form", shared, TrustGate::newCache);
    }

    public static Object revocations(Object shared) {
        return own("lists of revocations by form", shared, TrustGate::newCache);
    }

    /** The key by which a certificate was verified last: nobody's word for another, and maybe a class of a function. */
    public static Object verifiedBy(Object key) {
        return Gate.caller() == null ? key : null;
    }

    /** What hides a private key's work, by modulus. */
    public static Object blinding(Object shared) {
        return own("blinding by modulus", shared, all -> new WeakHashMap<>());
    }

    /** Parameters by size; those that the JDK brings are in the copy. */
    public static Object agreement(Object shared) {
        return own("parameters of DH", shared, all -> new ConcurrentHashMap<>((Map<?, ?>) all));
    }

    public static Object signing(Object shared) {
        return own("parameters of DSA", shared, all -> new ConcurrentHashMap<>((Map<?, ?>) all));
    }

    /** Formats of dates by locale, calendar and style. */
    public static Object dateFormats(Object shared) {
        return own("formats of dates", shared, all -> new ConcurrentHashMap<>());
    }

    private static Object own(String name, Object shared, Function<Object, Object> make) {
        Face face = Gate.caller();
        if (face == null) {
            return shared;
        }
        Own own = face.budget().own();
        Object value = own.value(name);
        return value != null ? value : own.keep(name, make.apply(shared));
    }

    private static Object newCache(Object shared) {
        try {
            Method make = Class.forName("sun.security.util.Cache", true, null).getMethod("newSoftMemoryCache", int.class);
            make.setAccessible(true);
            return make.invoke(null, CERTIFICATES);
        } catch (ReflectiveOperationException unmade) {
            throw new IllegalStateException("a function's own certificates could not be kept", unmade);
        }
    }
}
