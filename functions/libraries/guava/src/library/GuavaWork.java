// Guava: collections, hashes, a cache, futures on an executor, an event bus.
package library;

import com.google.common.base.Splitter;
import com.google.common.cache.CacheBuilder;
import com.google.common.cache.CacheLoader;
import com.google.common.cache.LoadingCache;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.eventbus.EventBus;
import com.google.common.eventbus.Subscribe;
import com.google.common.hash.Hashing;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListeningExecutorService;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Executors;

public final class GuavaWork {
    private GuavaWork() {}

    public static JsonObject main(JsonObject args) throws Exception {
        Check.same(List.of("a", "b"), Splitter.on(',').trimResults().omitEmptyStrings().splitToList("a, ,b"));
        Check.same("{x=[1, 2]}", ImmutableListMultimap.of("x", 1, "x", 2).toString());
        Check.same("ba7816bf", Hashing.sha256().hashString("abc", StandardCharsets.UTF_8).toString().substring(0, 8));
        LoadingCache<String, Integer> sizes = CacheBuilder.newBuilder().maximumSize(10)
                .build(CacheLoader.from(String::length));
        Check.same(5, sizes.get("tasse"));
        ListeningExecutorService threads = MoreExecutors.listeningDecorator(Executors.newFixedThreadPool(2));
        Check.same(List.of(1, 2), Futures.allAsList(threads.submit(() -> 1), threads.submit(() -> 2)).get());
        threads.shutdown();
        EventBus bus = new EventBus();
        Ear ear = new Ear();
        bus.register(ear);
        bus.post("heard");
        Check.same("heard", ear.last);
        return Check.works(Check.version("com.google.guava", "guava"));
    }

    public static final class Ear {
        String last;

        @Subscribe
        public void hear(String what) {
            last = what;
        }
    }
}
