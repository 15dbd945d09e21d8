// Fills a map with keys that all have the same hash and no order among them, again and again for `millis` milliseconds (1000 if not given; 0: for ever).
// `how`: hash (HashMap), concurrent (ConcurrentHashMap), set (HashSet of lists), strings (texts of equal hash, which a tree still sorts); `keys` (2000 if not given) is their number.
package hostile.collisions;

import com.google.gson.JsonObject;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

public final class Collisions {
    private static final class Key {
        final int number;

        Key(int number) {
            this.number = number;
        }

        @Override
        public int hashCode() {
            return 7;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Key && ((Key) other).number == number;
        }
    }

    private Collisions() {}

    public static JsonObject main(JsonObject args) {
        String how = args.has("how") ? args.get("how").getAsString() : "hash";
        int keys = args.has("keys") ? args.get("keys").getAsInt() : 2_000;
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 1_000;
        long endNanos = millis == 0 ? Long.MAX_VALUE : System.nanoTime() + millis * 1_000_000;
        long rounds = 0;
        while (System.nanoTime() < endNanos) {
            switch (how) {
                case "hash" -> fill(new HashMap<>(), keys);
                case "concurrent" -> fill(new ConcurrentHashMap<>(), keys);
                case "set" -> fillSet(new HashSet<>(), keys);
                case "strings" -> fillTexts(new HashMap<>(), keys);
                default -> throw new IllegalArgumentException("unknown 'how': " + how);
            }
            rounds++;
        }
        JsonObject result = new JsonObject();
        result.addProperty("rounds", rounds);
        return result;
    }

    private static void fill(Map<Object, Object> map, int keys) {
        for (int i = 0; i < keys; i++) map.put(new Key(i), Boolean.TRUE);
    }

    private static void fillSet(Set<Collection<Key>> set, int keys) {
        for (int i = 0; i < keys; i++) set.add(List.of(new Key(i)));
    }

    /** "Aa" and "BB" have one hash, and so have all texts made of as many of them. */
    private static void fillTexts(Map<Object, Object> map, int keys) {
        for (int i = 0; i < keys; i++) {
            StringBuilder text = new StringBuilder();
            for (int bit = 0; bit < 16; bit++) text.append((i >> bit & 1) == 0 ? "Aa" : "BB");
            map.put(text.toString(), Boolean.TRUE);
        }
    }
}
