package flock.boot;

import java.util.concurrent.ConcurrentHashMap;

/**
 * Hooks of what the JDK's XML code hands on from one caller to the next, or counts for all. Whoever gives something back twice,
 * which a race is enough for, would have it work for two at once, and one may be another function: so nothing is
 * given back, by nobody. To make a new one costs little beside its work.
 */
public final class XmlGate {
    private static final String LISTENERS = "listeners of documents by kind of event";

    private XmlGate() {}

    /** CoreDOMImplementationImpl.releaseValidator. */
    public static boolean drops(Object documents, String schema, String version, Object validator) {
        return true;
    }

    /** CoreDOMImplementationImpl.releaseDTDLoader. */
    public static boolean drops(Object documents, String version, Object loader) {
        return true;
    }

    /** StringBufferPool.free: it would keep the room of the longest text that was ever in it. */
    public static boolean dropsText(Object text) {
        return true;
    }

    /** How many listen to a kind of event, by its name: a count that is wrong has events left out. */
    public static Object listeners(Object shared) {
        Own own = Own.ofCaller();
        if (own == null) {
            return shared;
        }
        Object value = own.value(LISTENERS);
        return value != null ? value : own.keep(LISTENERS, new ConcurrentHashMap<>());
    }
}
