// Runs work that never ends through JDK code that catches every Throwable and wraps it in an Exception, and takes that Exception for noise,
// for `millis` milliseconds (1000 if not given; 0: for ever). `how`: reflect (InvocationTargetException), future-task (ExecutionException), run (FutureTask.run
// in a loop that never asks for the result), completable (CompletionException), handle (CompletableFuture.handle), proxy (UndeclaredThrowableException),
// service (a ServiceLoader provider whose constructor does the work), fork-join (ForkJoinTask.invoke on the lane), callable (a pool's submit and get),
// privileged (AccessController), class-value, supplier (a stream's close).
package hostile.wrapping;

import com.google.gson.JsonObject;
import java.lang.reflect.Proxy;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;

public final class Wrapping {
    static volatile long workEndNanos;

    private Wrapping() {}

    public static JsonObject main(JsonObject args) {
        String how = args.has("how") ? args.get("how").getAsString() : "reflect";
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 1_000;
        workEndNanos = millis == 0 ? Long.MAX_VALUE : System.nanoTime() + millis * 1_000_000;
        long swallowed = 0;
        while (System.nanoTime() < workEndNanos) {
            try {
                wrap(how);
            } catch (Exception taken) {
                swallowed++;
            }
        }
        JsonObject result = new JsonObject();
        result.addProperty("swallowed", swallowed);
        return result;
    }

    /** Works 20 ms at a time, so that there is something to stop, then fails, so that there is something to wrap. */
    public static Object work() {
        long endNanos = Math.min(workEndNanos, System.nanoTime() + 20_000_000);
        while (System.nanoTime() < endNanos) Thread.onSpinWait();
        throw new IllegalStateException("to be wrapped");
    }

    @SuppressWarnings("removal")
    private static void wrap(String how) throws Exception {
        switch (how) {
            case "reflect" -> Wrapping.class.getMethod("work").invoke(null);
            case "future-task" -> {
                FutureTask<Object> task = new FutureTask<>(Wrapping::work);
                task.run();
                task.get();
            }
            case "run" -> new FutureTask<>(Wrapping::work).run();
            case "completable" -> CompletableFuture.completedFuture(1).thenApply(one -> work()).join();
            case "handle" -> CompletableFuture.completedFuture(1).thenApply(one -> work()).handle((value, why) -> "fine").join();
            case "proxy" -> proxied().call();
            case "service" -> ServiceLoader.load(Service.class, Wrapping.class.getClassLoader()).iterator().next();
            case "fork-join" -> ForkJoinTask.adapt(Wrapping::work).invoke();
            case "callable" -> submitted();
            case "privileged" -> java.security.AccessController.doPrivileged((java.security.PrivilegedExceptionAction<Object>) Wrapping::work);
            case "class-value" -> new Values().get(Wrapping.class);
            case "supplier" -> Stream.of(1).onClose(Wrapping::work).onClose(Wrapping::work).close();
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
    }

    private static java.util.concurrent.Callable<?> proxied() {
        return (java.util.concurrent.Callable<?>) Proxy.newProxyInstance(Wrapping.class.getClassLoader(),
                new Class<?>[] {java.util.concurrent.Callable.class}, (proxy, method, values) -> {
                    work();
                    return null;
                });
    }

    private static void submitted() throws Exception {
        ExecutorService pool = Executors.newSingleThreadExecutor();
        try {
            pool.submit(Wrapping::work).get();
        } finally {
            pool.shutdown();
        }
    }

    private static final class Values extends ClassValue<Object> {
        @Override
        protected Object computeValue(Class<?> type) {
            return work();
        }
    }
}
