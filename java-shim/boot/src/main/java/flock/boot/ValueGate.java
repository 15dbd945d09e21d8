package flock.boot;

import java.net.Authenticator;
import java.net.HttpURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.net.URLStreamHandlerFactory;
import java.util.IdentityHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TimeZone;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Hooks of defaults that the JDK keeps once for all, where keeping the funclet's own ({@link Own}) is not all there is
 * to do: locales, time zones, security properties, and what URL connections and passwords are made from.
 */
public final class ValueGate {
    private static final String ALL = "locale";
    private static final String ZONE = "time zone";
    private static final String SECURITY = "security properties";
    private static final String FACTORY = "stream handler factory";
    private static final String HANDLERS = "stream handlers";
    private static final String CACHES = "uses caches";
    private static final String TOKENS = "connections";
    private static final String CREDENTIALS = "credentials";

    private ValueGate() {}

    public static Object locale() {
        Object own = Own.peek(ALL);
        return own == null ? Gate.PASS : own;
    }

    public static Object locale(Locale.Category category) {
        Object own = category == null ? null : Own.peek(ALL + category);
        return own == null ? Gate.PASS : own;
    }

    public static boolean setLocale(Locale locale) {
        if (locale == null || !Own.set(locale, ALL)) {
            return false;
        }
        for (Locale.Category category : Locale.Category.values()) {
            Own.set(locale, ALL + category);
        }
        return true;
    }

    public static boolean setLocale(Locale.Category category, Locale locale) {
        return category != null && locale != null && Own.set(locale, ALL + category);
    }

    public static Object zone() {
        return Own.get(ZONE);
    }

    /** Null takes the host's again. */
    public static boolean setZone(TimeZone zone) {
        Face face = Gate.caller();
        if (face == null) {
            return false;
        }
        if (zone == null) {
            face.budget().own().remove(ZONE);
            return true;
        }
        return Own.set(zone.clone(), ZONE);
    }

    /** Names of security properties can be anything, so they are kept apart from other values. */
    @SuppressWarnings("unchecked")
    public static Object securityProperty(String name) {
        Map<String, String> own = (Map<String, String>) Own.peek(SECURITY);
        String value = own == null || name == null ? null : own.get(name);
        return value == null || !Callers.functionAsksForItself() ? Gate.PASS : value;
    }

    @SuppressWarnings("unchecked")
    public static boolean setSecurityProperty(String name, String value) {
        Face face = Gate.caller();
        if (face == null || Callers.isInitialisingJdk()) {
            return false;
        }
        ((Map<String, String>) face.budget().own().keep(SECURITY, new ConcurrentHashMap<String, String>())).put(name, value);
        return true;
    }

    /** Once for each funclet, as it is once for each JVM otherwise. */
    public static boolean setStreamHandlers(URLStreamHandlerFactory factory) {
        Face face = Gate.caller();
        if (face == null) {
            return false;
        }
        if (face.budget().own().value(FACTORY) != null) {
            throw new Error("factory already defined");
        }
        return Own.set(factory, FACTORY);
    }

    @SuppressWarnings("unchecked")
    public static Object streamHandler(String protocol) {
        URLStreamHandlerFactory factory = (URLStreamHandlerFactory) Own.peek(FACTORY);
        if (factory == null || protocol == null || protocol.equals("jrt") || protocol.equals("file")
                || Callers.isInitialisingJdk()) {
            return Gate.PASS;
        }
        Own own = Gate.caller().budget().own();
        Map<String, URLStreamHandler> handlers = (Map<String, URLStreamHandler>) own.keep(HANDLERS,
                new ConcurrentHashMap<String, URLStreamHandler>());
        URLStreamHandler handler = handlers.get(protocol);
        if (handler == null) {
            handler = factory.createURLStreamHandler(protocol);
            if (handler == null) {
                return Gate.PASS;
            }
            handlers.put(protocol, handler);
        }
        return handler;
    }

    public static boolean setUsesCaches(Object connection, boolean uses) {
        return Own.set(uses, CACHES);
    }

    public static Object usesCaches(Object connection) {
        return Own.get(CACHES);
    }

    public static boolean setUsesCaches(String protocol, boolean uses) {
        return protocol != null && Own.set(uses, CACHES + " " + protocol.toLowerCase(Locale.US));
    }

    public static Object usesCaches(String protocol) {
        return protocol == null ? Gate.PASS : Own.get(CACHES + " " + protocol.toLowerCase(Locale.US));
    }

    /** A connection was made: it takes the funclet's defaults. */
    public static void connectionMade(Object made) {
        URLConnection connection = (URLConnection) made;
        Object uses = Own.peek(CACHES);
        if (uses != null) {
            connection.setUseCaches((Boolean) uses);
        }
        Object allows = Own.peek("allows user interaction");
        if (allows != null) {
            connection.setAllowUserInteraction((Boolean) allows);
        }
    }

    public static void httpConnectionMade(Object made) {
        Object follows = Own.peek("follows redirects");
        if (follows != null) {
            ((HttpURLConnection) made).setInstanceFollowRedirects((Boolean) follows);
        }
    }

    /** What tells the idle connections of one funclet from those of others. */
    @SuppressWarnings("unchecked")
    public static Object idleConnection(Object cache, URL url, Object of) {
        Face face = Gate.caller();
        if (face == null) {
            return of;
        }
        Map<Object, Object> tokens = (Map<Object, Object>) face.budget().own().keep(TOKENS, new IdentityHashMap<>());
        synchronized (tokens) {
            return tokens.computeIfAbsent(of, any -> new Object());
        }
    }

    public static Object idleConnection(Object cache, URL url, Object of, Object client) {
        return idleConnection(cache, url, of);
    }

    /**
     * An idle connection whose sockets are of a function's own class is closed at once. Later it would be on the one thread that
     * closes those of all, and that would be in the function's code, for as long as it likes.
     */
    public static boolean closesIdle(Object cache, URL url, Object of, Object client) {
        if (of == null || Callers.isBuiltIn(of.getClass().getClassLoader()) || Gate.caller() == null) {
            return false;
        }
        try {
            Class.forName("sun.net.NetworkClient", false, null).getMethod("closeServer").invoke(client);
        } catch (ReflectiveOperationException open) {
            // Nobody uses it any more: its own close has failed.
        }
        return true;
    }

    /** The key of remembered passwords (JDKs that have one). */
    public static Object passwordKey(Authenticator authenticator) {
        Face face = authenticator == null ? Gate.caller() : null;
        return face == null ? Gate.PASS : "funclet " + ((Nobody) passwordsOf(face)).number;
    }

    /** Whose passwords are remembered (JDKs that have a cache for each). */
    public static Authenticator passwordsOf(Authenticator authenticator) {
        Face face = authenticator == null ? Gate.caller() : null;
        return face == null ? authenticator : passwordsOf(face);
    }

    private static Authenticator passwordsOf(Face face) {
        return (Authenticator) face.budget().own().keep(CREDENTIALS, new Nobody());
    }

    /** Who is asked for passwords: JDK code asks in the name of the function that connects. */
    public static Object authenticator(Object shared) {
        Object own = Own.peek("authenticator");
        return own != null ? own : shared;
    }

    /** Stands for a funclet where the JDK keeps passwords by authenticator. */
    private static final class Nobody extends Authenticator {
        private static final AtomicLong NUMBERS = new AtomicLong();

        final long number = NUMBERS.incrementAndGet();
    }

    /** The configuration of logins: JDK code that makes one sets it for the function that asks. */
    public static Object logins(Object shared) {
        Object own = Own.peek("logins");
        return own != null ? own : shared;
    }
}
