// Uses CPU on threads that the JVM would share: the common pool and what stands on it. For `millis` milliseconds (1000 if not given; 0: for ever). `how`: parallel (a parallel stream),
// completable (supplyAsync and join), chain (thenApplyAsync), task (RecursiveTask), delayed (CompletableFuture.delayedExecutor), timeout (orTimeout, over and over), execute (the pool itself),
// sort (Arrays.parallelSort over and over), left (supplyAsync; the call answers at once).
package hostile.commonpool;

import com.google.gson.JsonObject;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.RecursiveTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

public final class CommonPool {
    private CommonPool() {}

    public static JsonObject main(JsonObject args) throws Exception {
        String how = args.has("how") ? args.get("how").getAsString() : "parallel";
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 1_000;
        long endNanos = millis == 0 ? Long.MAX_VALUE : System.nanoTime() + millis * 1_000_000;
        JsonObject result = new JsonObject();
        switch (how) {
            case "parallel" -> result.addProperty("sum", IntStream.range(0, 8).parallel().map(i -> spin(endNanos)).sum());
            case "completable" -> result.addProperty("sum", CompletableFuture.supplyAsync(() -> spin(endNanos)).join());
            case "chain" -> result.addProperty("sum",
                    CompletableFuture.completedFuture(1).thenApplyAsync(one -> spin(endNanos)).thenApplyAsync(one -> spin(endNanos)).join());
            case "task" -> result.addProperty("sum", new Task(3, endNanos).fork().join());
            case "delayed" -> result.addProperty("sum",
                    CompletableFuture.supplyAsync(() -> spin(endNanos), CompletableFuture.delayedExecutor(1, TimeUnit.MILLISECONDS)).join());
            case "timeout" -> {
                while (System.nanoTime() < endNanos) new CompletableFuture<Object>().completeOnTimeout("", 1, TimeUnit.HOURS).cancel(false);
            }
            case "execute" -> {
                CountDownLatch done = new CountDownLatch(2);
                for (int i = 0; i < 2; i++) {
                    ForkJoinPool.commonPool().execute(() -> {
                        spin(endNanos);
                        done.countDown();
                    });
                }
                done.await();
            }
            case "sort" -> {
                while (System.nanoTime() < endNanos) {
                    int[] numbers = new Random(7).ints(1 << 18).toArray();
                    Arrays.parallelSort(numbers);
                }
            }
            case "left" -> CompletableFuture.supplyAsync(() -> spin(endNanos));
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        return result;
    }

    private static int spin(long endNanos) {
        int rounds = 1;
        while (System.nanoTime() < endNanos) rounds = rounds * 31 + 1;
        return rounds;
    }

    private static final class Task extends RecursiveTask<Integer> {
        private static final long serialVersionUID = 1;
        private final int depth;
        private final long endNanos;

        Task(int depth, long endNanos) {
            this.depth = depth;
            this.endNanos = endNanos;
        }

        @Override
        protected Integer compute() {
            if (depth == 0) return spin(endNanos);
            Task other = new Task(depth - 1, endNanos);
            other.fork();
            return new Task(depth - 1, endNanos).compute() + other.join();
        }
    }
}
