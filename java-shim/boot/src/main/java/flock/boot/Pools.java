package flock.boot;

import java.io.IOException;
import java.nio.channels.AsynchronousChannelGroup;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;

/**
 * What a funclet has in place of the pools that the JDK shares among all: made when first asked for, by one of its
 * threads, so that each worker is in its thread group and is counted and stopped like any other of its threads.
 *
 * Workers that have nothing to do end soon. After close() there is none to be had.
 */
public final class Pools {
    private static final int KEEP_ALIVE_SECONDS = 5;
    private static final int SPARES_MAX = 256;

    private final ClassLoader loader;
    private ForkJoinPool work;
    private ScheduledThreadPoolExecutor delays;
    private AsynchronousChannelGroup channels;
    private ExecutorService files;
    private boolean isClosed;

    public Pools(ClassLoader loader) {
        Callers.checkHost();
        this.loader = loader;
    }

    /** In place of the common pool. */
    synchronized ForkJoinPool work() {
        checkOpen();
        if (work == null) {
            int cores = Runtime.getRuntime().availableProcessors();
            work = new ForkJoinPool(cores, new Workers(loader), null, false, 0, cores + SPARES_MAX, 1, null,
                    KEEP_ALIVE_SECONDS, TimeUnit.SECONDS);
        }
        return work;
    }

    /** In place of the thread on which the futures of all wait for their timeouts. */
    synchronized ScheduledThreadPoolExecutor delays() {
        checkOpen();
        if (delays == null) {
            delays = new ScheduledThreadPoolExecutor(1, new Daemons(loader, "delays"));
            delays.setRemoveOnCancelPolicy(true);
            delays.setKeepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS);
            delays.allowCoreThreadTimeOut(true);
        }
        return delays;
    }

    /** In place of the default group of asynchronous sockets. */
    synchronized AsynchronousChannelGroup channels() throws IOException {
        checkOpen();
        if (channels == null) {
            channels = AsynchronousChannelGroup.withCachedThreadPool(cached("channels"), 1);
        }
        return channels;
    }

    /** In place of the default threads of asynchronous files. */
    synchronized ExecutorService files() {
        checkOpen();
        if (files == null) {
            files = cached("files");
        }
        return files;
    }

    private ExecutorService cached(String name) {
        return new ThreadPoolExecutor(0, Integer.MAX_VALUE, KEEP_ALIVE_SECONDS, TimeUnit.SECONDS,
                new SynchronousQueue<>(), new Daemons(loader, name));
    }

    private void checkOpen() {
        if (isClosed) {
            throw new IllegalStateException("the function is unloaded");
        }
    }

    /**
     * For a funclet of which no thread lives any more. The pools are not shut down: without threads they are garbage,
     * and one whose worker was stopped half way may be locked for ever. A group of channels has descriptors to close.
     */
    public synchronized void close() {
        isClosed = true;
        work = null;
        delays = null;
        files = null;
        AsynchronousChannelGroup open = channels;
        channels = null;
        if (open != null) {
            try {
                open.shutdownNow();
            } catch (IOException unclean) {
                // The channels are closed by the host in any case.
            }
        }
    }

    private static final class Workers implements ForkJoinPool.ForkJoinWorkerThreadFactory {
        private final ClassLoader loader;

        Workers(ClassLoader loader) {
            this.loader = loader;
        }

        @Override
        public ForkJoinWorkerThread newThread(ForkJoinPool pool) {
            return new Worker(pool, loader);
        }
    }

    private static final class Worker extends ForkJoinWorkerThread {
        Worker(ForkJoinPool pool, ClassLoader loader) {
            super(pool);
            setContextClassLoader(loader);
        }
    }

    static final class Daemons implements ThreadFactory {
        private final ClassLoader loader;
        private final String name;

        Daemons(ClassLoader loader, String name) {
            this.loader = loader;
            this.name = name;
        }

        @Override
        public Thread newThread(Runnable work) {
            Thread thread = new Thread(work, name);
            thread.setDaemon(true);
            thread.setContextClassLoader(loader);
            return thread;
        }
    }
}
