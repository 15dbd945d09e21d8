package flock.boot;

import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What one funclet has set of that which the JDK keeps once for all: system properties, locale, time zone, providers,
 * proxies and the like, each under the name that its row in the table gives it. Nobody else sees it; it goes when the
 * funclet ends.
 *
 * A JDK class that is being initialised gets the host's value, because it keeps it for all.
 */
public final class Own {
    private static final Object NULL = new Object();
    /** True once any funclet has set anything: until then nobody's calls are looked at. */
    private static volatile boolean isUsed;

    private volatile Map<String, Object> values;
    private volatile Properties properties;
    private volatile Traces traces;

    Own() {}

    /** That of the calling funclet; null: it is not a funclet that calls. */
    static Own ofCaller() {
        Face face = Gate.caller();
        return face == null ? null : face.budget().own();
    }

    /** The hook of setters: true when the value is kept for the calling funclet. */
    public static boolean set(Object value, String name) {
        Own own = ofCaller();
        if (own == null) {
            return false;
        }
        own.put(name, value);
        isUsed = true;
        return true;
    }

    /** The hook of getters: what the calling funclet has set, or PASS. */
    public static Object get(String name) {
        Object value = isUsed ? find(name) : null;
        if (value == null || Callers.isInitialisingJdk()) {
            return Gate.PASS;
        }
        return value == NULL ? null : value;
    }

    /** What the calling funclet has set, or null. For hooks whose answer no JDK class keeps. */
    static Object peek(String name) {
        Object value = isUsed ? find(name) : null;
        return value == NULL ? null : value;
    }

    private static Object find(String name) {
        Own own = ofCaller();
        Map<String, Object> all = own == null ? null : own.values;
        return all == null ? null : all.get(name);
    }

    private synchronized void put(String name, Object value) {
        Map<String, Object> all = values;
        if (all == null) {
            all = new ConcurrentHashMap<>(4);
            values = all;
        }
        all.put(name, value == null ? NULL : value);
    }

    /** Forgets what was set under this name. */
    synchronized void remove(String name) {
        if (values != null) {
            values.remove(name);
        }
    }

    /** What was set under this name, or what `made` is now. */
    synchronized Object keep(String name, Object made) {
        Map<String, Object> all = values;
        Object before = all == null ? null : all.get(name);
        if (before != null) {
            return before;
        }
        put(name, made);
        isUsed = true;
        return made;
    }

    /** What was set under this name, or null. */
    Object value(String name) {
        Map<String, Object> all = values;
        Object value = all == null ? null : all.get(name);
        return value == NULL ? null : value;
    }

    /** The funclet's own system properties, or null as long as it has not asked for all or written one. */
    Properties properties() {
        return properties;
    }

    /** The same; they are made here if need be. */
    synchronized Properties properties(Map<String, String> seen) {
        Properties all = properties;
        if (all == null) {
            all = new Properties();
            all.putAll(seen);
            properties = all;
        }
        return all;
    }

    synchronized void replace(Properties all) {
        properties = all;
    }

    /** What the funclet has left in caches of all. */
    Traces traces() {
        Traces all = traces;
        return all != null ? all : makeTraces();
    }

    private synchronized Traces makeTraces() {
        if (traces == null) {
            traces = new Traces();
        }
        return traces;
    }

    /** For a funclet whose classes still lead to it. What is not wiped because the heap is full is there the next time. */
    void close() {
        Traces left;
        synchronized (this) {
            values = null;
            properties = null;
            left = traces;
        }
        if (left != null) {
            left.wipe();
            forget(left);
        }
    }

    private synchronized void forget(Traces wiped) {
        if (traces == wiped) {
            traces = null;
        }
    }
}
