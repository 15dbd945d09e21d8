// Spends its time where classes are loaded and linked, which is where a host must not stop a thread lightly. For `millis` milliseconds (1000 if not given; 0: for ever). `how`: load-class (a loader of the function that never
// answers, asked by the JVM itself while it links), for-name (the same, asked by Class.forName), lock (a loader that holds the lock of a class name, while the lane asks for the same), define (loaders that
// define one class after another), resources (getResources on a loader whose enumeration never ends).
package hostile.loading;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.Collections;
import java.util.Enumeration;
import java.util.concurrent.CountDownLatch;

public final class Loading {
    static volatile long endNanos;

    private Loading() {}

    public static JsonObject main(JsonObject args) throws Exception {
        String how = args.has("how") ? args.get("how").getAsString() : "load-class";
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 1_000;
        endNanos = millis == 0 ? Long.MAX_VALUE : System.nanoTime() + millis * 1_000_000;
        Loader loader = new Loader();
        switch (how) {
            case "load-class" -> ((Runnable) loader.copyOf(Linked.class).getDeclaredConstructor().newInstance()).run();
            case "for-name" -> Class.forName("hostile.loading.Missing", false, loader);
            case "lock" -> lock(loader);
            case "define" -> {
                while (System.nanoTime() < endNanos) new Loader().copyOf(Linked.class);
            }
            case "resources" -> Collections.list(loader.getResources("anything"));
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        JsonObject result = new JsonObject();
        result.addProperty("how", how);
        return result;
    }

    private static void lock(Loader loader) throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        Thread thread = new Thread(() -> loader.holdLock(held), "hostile-holder");
        thread.setDaemon(true);
        thread.start();
        held.await();
        loader.loadClass("hostile.loading.Target");
    }

    private static void spin() {
        while (System.nanoTime() < endNanos) Thread.onSpinWait();
    }

    private static final class Loader extends ClassLoader {
        static {
            registerAsParallelCapable();
        }

        Loader() {
            super(Loading.class.getClassLoader());
        }

        /** The class once more, with this loader as its own. */
        Class<?> copyOf(Class<?> type) throws IOException {
            try (InputStream in = type.getResourceAsStream(type.getSimpleName() + ".class")) {
                byte[] bytes = in.readAllBytes();
                return defineClass(type.getName(), bytes, 0, bytes.length);
            }
        }

        @Override
        protected Class<?> loadClass(String name, boolean isResolved) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                if (name.endsWith(".Missing")) spin();
                return super.loadClass(name.replace(".Missing", ".Target"), isResolved);
            }
        }

        @Override
        protected Enumeration<URL> findResources(String name) {
            return new Enumeration<>() {
                @Override
                public boolean hasMoreElements() {
                    spin();
                    return false;
                }

                @Override
                public URL nextElement() {
                    throw new java.util.NoSuchElementException();
                }
            };
        }

        void holdLock(CountDownLatch held) {
            synchronized (getClassLoadingLock("hostile.loading.Target")) {
                held.countDown();
                spin();
            }
        }
    }
}
