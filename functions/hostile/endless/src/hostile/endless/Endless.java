// Streams, iterators and maps that never come to an end, or only `steps` steps from here (100000 if not given; 0: for ever). The time goes by inside the JDK's own loops. `how`: generate, range, iterate, iterator (an
// endless one, given to a for-each and a collector), flat-map, compare (a comparator that never tells), equals (a map key whose equals never returns), compute (computeIfAbsent inside computeIfAbsent), replace (String.replaceAll
// on a text that grows), on-spin-wait, random (Random.doubles), deflate, inflate (tens of megabytes in one call), to-string (a collection whose texts double), cycle (a stream that repeats one number).
package hostile.endless;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

public final class Endless {
    private static volatile Object sink;

    private Endless() {}

    public static JsonObject main(JsonObject args) throws InterruptedException {
        String how = args.has("how") ? args.get("how").getAsString() : "range";
        long steps = args.has("steps") ? args.get("steps").getAsLong() : 100_000;
        long end = steps == 0 ? Long.MAX_VALUE : steps;
        switch (how) {
            case "generate" -> sink = Stream.generate(() -> 1).limit(end).filter(one -> one == 2).count();
            case "range" -> sink = LongStream.range(0, end).map(i -> i ^ i >> 3).sum();
            case "iterate" -> sink = Stream.iterate(0L, i -> i < end, i -> i + 1).noneMatch(i -> i < 0);
            case "iterator" -> sink = StreamSupport.stream(forEver(end).spliterator(), false).collect(Collectors.counting());
            case "flat-map" -> sink = LongStream.range(0, end).flatMap(i -> LongStream.of(i, i)).noneMatch(i -> i < 0);
            case "compare" -> compare(end);
            case "equals" -> sink = List.of(new Slow(end)).contains(new Slow(end));
            case "compute" -> compute(end);
            case "replace" -> replace(end);
            case "on-spin-wait" -> Nested.spin(end);
            case "random" -> sink = new Random(7).doubles().limit(end).max();
            case "deflate" -> Packing.deflate(end);
            case "inflate" -> Packing.inflate(end);
            case "to-string" -> sink = doubled(Math.min(40, Long.numberOfTrailingZeros(Long.highestOneBit(end)))).hashCode();
            case "cycle" -> sink = IntStream.iterate(1, i -> i).limit(end).asLongStream().reduce(0, (a, b) -> a ^ b);
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        JsonObject result = new JsonObject();
        result.addProperty("how", how);
        return result;
    }

    private static Iterable<Long> forEver(long end) {
        AtomicLong next = new AtomicLong();
        return () -> new Iterator<>() {
            @Override
            public boolean hasNext() {
                return next.get() < end;
            }

            @Override
            public Long next() {
                return next.incrementAndGet();
            }
        };
    }

    private static void compare(long end) {
        TreeMap<Long, Long> map = new TreeMap<>((a, b) -> {
            for (long i = 0; i < end; i++) sink = i;
            return Long.compare(a, b);
        });
        map.put(1L, 1L);
    }

    private static void compute(long end) {
        ConcurrentHashMap<Integer, Long> map = new ConcurrentHashMap<>();
        map.computeIfAbsent(1, one -> {
            long count = 0;
            while (count < end) {
                // The same bin again, from inside: refused, and asked for again.
                try {
                    map.computeIfAbsent(1, again -> 1L);
                } catch (IllegalStateException refused) {
                    sink = refused;
                }
                count++;
            }
            return count;
        });
    }

    private static void replace(long end) {
        String text = "ab".repeat(1_000);
        for (long i = 0; i < end; i += 1_000) sink = text.replaceAll("(a|b)(?=(.*))", "$1");
    }

    /** Nested lists, each holding the next twice: its hash needs two to the power of the depth. */
    private static List<Object> doubled(int depth) {
        List<Object> list = new ArrayList<>(Arrays.asList("x", "y"));
        for (int i = 0; i < depth; i++) list = Arrays.asList(list, list);
        return list;
    }

    private record Slow(long end) {
        @Override
        public boolean equals(Object other) {
            for (long i = 0; i < end; i++) sink = i;
            return false;
        }

        @Override
        public int hashCode() {
            return 1;
        }
    }

    private static final class Nested {
        static void spin(long end) {
            for (long i = 0; i < end; i++) Thread.onSpinWait();
        }
    }
}
