// Caffeine: a cache that loads and evicts on the default executor.
package library;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import com.google.gson.JsonObject;

public final class CaffeineWork {
    private CaffeineWork() {}

    public static JsonObject main(JsonObject args) throws Exception {
        LoadingCache<Integer, String> cache = Caffeine.newBuilder().maximumSize(10).build(key -> "cup" + key);
        for (int i = 0; i < 100; i++) {
            Check.same("cup" + i, cache.get(i));
        }
        cache.cleanUp();
        Check.that(cache.estimatedSize() <= 10, "nothing was evicted: " + cache.estimatedSize());
        Check.same("cup7", Caffeine.newBuilder().buildAsync((Integer key) -> "cup" + key).get(7).get());
        return Check.works(null);
    }
}
