package flock.boot;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What functions have had the JVM make of one sort, which it keeps until it ends: so many for all that the functions of a namespace ever
 * had made, and so many for all namespaces. What is there already may be used by everybody.
 */
final class Known {
    private static final String NAMESPACE = "__OW_NAMESPACE";

    private final String what;
    private final int eachMax;
    private final int allMax;
    private final ConcurrentHashMap<String, Boolean> made = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, AtomicInteger> byNamespace = new ConcurrentHashMap<>();
    /** How many are in the map, or about to be. */
    private final AtomicInteger all = new AtomicInteger();

    Known(String what, int eachMax, int allMax) {
        this.what = what;
        this.eachMax = eachMax;
        this.allMax = allMax;
    }

    /** Lets this one be made, or throws. True if it is new. */
    boolean ask(Face face, String key, int weight) {
        if (made.containsKey(key) || Callers.linksForAll()) {
            return false;
        }
        AtomicInteger each = of(face.env(NAMESPACE));
        take(each, weight, eachMax, "the functions of a namespace cannot bring more than ");
        try {
            take(all, weight, allMax, "functions cannot bring more than ");
        } catch (LinkageError refused) {
            each.addAndGet(-weight);
            throw refused;
        }
        if (made.putIfAbsent(key, Boolean.TRUE) == null) {
            return true;
        }
        each.addAndGet(-weight);
        all.addAndGet(-weight);
        return false;
    }

    private AtomicInteger of(String namespace) {
        String name = namespace == null ? "" : namespace;
        AtomicInteger count = byNamespace.get(name);
        if (count == null) {
            AtomicInteger made = new AtomicInteger();
            count = byNamespace.putIfAbsent(name, made);
            return count == null ? made : count;
        }
        return count;
    }

    private void take(AtomicInteger count, int weight, int max, String who) {
        if (count.addAndGet(weight) > max) {
            count.addAndGet(-weight);
            throw new LinkageError(who + max + " " + what + " into being");
        }
    }
}
