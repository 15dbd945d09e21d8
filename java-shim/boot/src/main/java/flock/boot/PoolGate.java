package flock.boot;

import java.io.IOException;
import java.lang.ref.Cleaner;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * Hooks that give a function pools of its own where the JDK has one for all: in a shared one its work would be nobody's
 * to count and to stop, and would hold up that of others.
 *
 * A JDK class that is being initialised gets the shared one: it keeps it for all functions.
 */
public final class PoolGate {
    /** Made before any function runs; a hook that asked for it later would get the caller's. */
    private static final ForkJoinPool SHARED = ForkJoinPool.commonPool();

    private static final ClassLoader HOST = ClassLoader.getSystemClassLoader();

    private PoolGate() {}

    /** A worker of any pool was made: it has the loader that a thread of the function has, not the one that is the host's here. */
    public static void workerMade(Object worker) {
        Thread thread = (Thread) worker;
        Face face = thread.getContextClassLoader() == HOST ? Gate.caller() : null;
        if (face != null) {
            thread.setContextClassLoader(face.systemLoader());
        }
    }

    private static Pools own() {
        Face face = Gate.caller();
        return face == null ? null : face.pools();
    }

    public static Object commonPool() {
        Face face = Gate.caller();
        return face == null || Callers.isInitialisingJdk() ? Gate.PASS : face.pools().work();
    }

    /** Parallel streams, parallel sorting and the like fork from the caller's thread; workers fork into their pool. */
    public static Object fork(Object task) {
        if (Thread.currentThread() instanceof ForkJoinWorkerThread) {
            return Gate.PASS;
        }
        Pools own = own();
        if (own == null) {
            return Gate.PASS;
        }
        own.work().execute((ForkJoinTask<?>) task);
        return task;
    }

    public static Object supplyAsync(Supplier<?> supplier) {
        Pools own = own();
        return own == null ? Gate.PASS : CompletableFuture.supplyAsync(supplier, own.work());
    }

    public static Object runAsync(Runnable work) {
        Pools own = own();
        return own == null ? Gate.PASS : CompletableFuture.runAsync(work, own.work());
    }

    /** HttpClient keeps for all what its initialiser gets here. */
    public static Object defaultExecutor(Object future) {
        Pools own = own();
        return own == null || Callers.isInitialisingJdk() ? Gate.PASS : own.work();
    }

    /** The pool on which the functions' own parts of an HTTP call run. */
    public static Object ofHttp(Object shared) {
        Pools own = own();
        return own == null ? shared : own.work();
    }

    /** The thread on which the monitors of JMX wait until they look again. */
    public static Object ofMonitors(Object shared) {
        Pools own = own();
        return own == null ? shared : own.delays();
    }

    public static Object delayedExecutor(long delay, TimeUnit unit) {
        Pools own = own();
        return own == null ? Gate.PASS : new Delayed(own, delay, Objects.requireNonNull(unit), own.work());
    }

    public static Object delayedExecutor(long delay, TimeUnit unit, Executor executor) {
        Pools own = own();
        return own == null ? Gate.PASS
                : new Delayed(own, delay, Objects.requireNonNull(unit), Objects.requireNonNull(executor));
    }

    public static Object orTimeout(Object future, long timeout, TimeUnit unit) {
        return endAfter(future, null, false, timeout, unit);
    }

    public static Object completeOnTimeout(Object future, Object value, long timeout, TimeUnit unit) {
        return endAfter(future, value, true, timeout, unit);
    }

    @SuppressWarnings("unchecked")
    private static Object endAfter(Object future, Object value, boolean hasValue, long timeout, TimeUnit unit) {
        Pools own = own();
        if (own == null) {
            return Gate.PASS;
        }
        Objects.requireNonNull(unit);
        CompletableFuture<Object> ends = (CompletableFuture<Object>) future;
        if (!ends.isDone()) {
            ends.whenComplete(new Cancel(own.delays().schedule(new End(ends, value, hasValue), timeout, unit)));
        }
        return future;
    }

    /** A publisher without an executor of its own. */
    public static Executor executor(Executor given, int capacity, BiConsumer<?, ?> handler) {
        Pools own = given == SHARED ? own() : null;
        return own == null ? given : own.work();
    }

    public static AsynchronousChannelGroup channels(AsynchronousChannelGroup given) throws IOException {
        Pools own = given == null ? own() : null;
        return own == null ? given : own.channels();
    }

    public static ExecutorService files(Path path, Set<?> options, ExecutorService given, FileAttribute<?>[] attributes) {
        Pools own = given == null ? own() : null;
        return own == null ? given : own.files();
    }

    /** The thread of a cleaner is the function's, for it runs the function's code. */
    public static Object cleaner() {
        Face face = Gate.caller();
        if (face == null || Callers.isInitialisingJdk()) {
            return Gate.PASS;
        }
        return Cleaner.create(new Pools.Daemons(face.systemLoader(), "cleaner"));
    }

    /**
     * A pool of one thread without the JDK's cleaner behind it. That one has one thread for all, on which it ends a pool that
     * nobody holds, and for that calls methods of threads that a function can write.
     */
    public static Object singleThread() {
        return singleThread(Executors.defaultThreadFactory());
    }

    public static Object singleThread(ThreadFactory factory) {
        if (Gate.caller() == null || Callers.isInitialisingJdk()) {
            return Gate.PASS;
        }
        return Executors.unconfigurableExecutorService(
                new ThreadPoolExecutor(1, 1, 0, TimeUnit.MILLISECONDS, new LinkedBlockingQueue<>(), factory));
    }

    private static final class Delayed implements Executor {
        private final Pools pools;
        private final long delay;
        private final TimeUnit unit;
        private final Executor executor;

        Delayed(Pools pools, long delay, TimeUnit unit, Executor executor) {
            this.pools = pools;
            this.delay = delay;
            this.unit = unit;
            this.executor = executor;
        }

        @Override
        public void execute(Runnable work) {
            pools.delays().schedule(new HandOver(executor, Objects.requireNonNull(work)), delay, unit);
        }
    }

    private static final class HandOver implements Runnable {
        private final Executor executor;
        private final Runnable work;

        HandOver(Executor executor, Runnable work) {
            this.executor = executor;
            this.work = work;
        }

        @Override
        public void run() {
            executor.execute(work);
        }
    }

    private static final class End implements Runnable {
        private final CompletableFuture<Object> future;
        private final Object value;
        private final boolean hasValue;

        End(CompletableFuture<Object> future, Object value, boolean hasValue) {
            this.future = future;
            this.value = value;
            this.hasValue = hasValue;
        }

        @Override
        public void run() {
            if (hasValue) {
                future.complete(value);
            } else {
                future.completeExceptionally(new TimeoutException());
            }
        }
    }

    private static final class Cancel implements BiConsumer<Object, Throwable> {
        private final Future<?> end;

        Cancel(Future<?> end) {
            this.end = end;
        }

        @Override
        public void accept(Object result, Throwable error) {
            end.cancel(false);
        }
    }
}
