// Code that no loader, group or frame shows to be a function's: classes in a loader without parents, handles without a frame, virtual threads without a context loader.
package hostile.escape;

import static hostile.escape.Escape.attempt;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;

final class Strangers {
    private Strangers() {}

    /** A loader whose parents are the JDK's only. */
    static final class Orphan extends ClassLoader {
        Orphan() {
            super(null);
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            try (InputStream in = Strangers.class.getClassLoader().getResourceAsStream(name.replace('.', '/') + ".class")) {
                byte[] bytes = in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException | NullPointerException missing) {
                throw new ClassNotFoundException(name);
            }
        }
    }

    /** Lives in an orphan's loader: its names are the JDK's only. */
    public static final class Reader implements Callable<Object> {
        private final String path;

        public Reader(String path) {
            this.path = path;
        }

        @Override
        public Object call() throws Exception {
            return Files.readString(Path.of(path)).length() + " characters";
        }
    }

    /** The same for a question that tells the host's answer from a function's. */
    public static final class Asker implements Callable<Object> {
        @Override
        public Object call() {
            String command = System.getProperty("java.class.path");
            return command == null || command.isEmpty() ? null : "class path";
        }
    }

    static void all(JsonObject result, String path) {
        attempt(result, "orphan", () -> orphan("Reader", path).call());
        attempt(result, "orphanInThread", () -> inThread(orphan("Reader", path), false));
        attempt(result, "orphanInVirtualThread", () -> inVirtualThread(orphan("Reader", path)));
        attempt(result, "orphanAsks", () -> inVirtualThread(orphan("Asker", null)));
        attempt(result, "orphanInGroup", () -> inThread(orphan("Reader", path), true));
        attempt(result, "handle", () -> handle(path).call());
        attempt(result, "handleInVirtualThread", () -> inVirtualThread(handle(path)));
        attempt(result, "handleInThread", () -> inThread(handle(path), false));
        attempt(result, "orphanOnTimer", () -> {
            FutureTask<Object> task = new FutureTask<>(orphan("Reader", path));
            java.util.concurrent.CompletableFuture.delayedExecutor(1, java.util.concurrent.TimeUnit.MILLISECONDS).execute(task);
            return task.get();
        });
        attempt(result, "orphanInPool", () -> java.util.concurrent.ForkJoinPool.commonPool().submit(orphan("Reader", path)).get());
        attempt(result, "handleInPool", () -> java.util.concurrent.ForkJoinPool.commonPool().submit(handle(path)).get());
        attempt(result, "orphanInCleaner", () -> {
            FutureTask<Object> task = new FutureTask<>(orphan("Reader", path));
            java.lang.ref.Cleaner cleaner = java.lang.ref.Cleaner.create();
            cleaner.register(new Object(), task).clean();
            return task.get();
        });
        attempt(result, "orphanInVirtualPool", () -> {
            Object pool = java.util.concurrent.Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
            Thread.currentThread().setContextClassLoader(null);
            return ((java.util.concurrent.ExecutorService) pool).submit(orphan("Reader", path)).get();
        });
    }

    @SuppressWarnings("unchecked")
    private static Callable<Object> orphan(String name, String path) throws ReflectiveOperationException {
        Class<?> type = new Orphan().loadClass("hostile.escape.Strangers$" + name);
        return (Callable<Object>) (path == null ? type.getConstructor().newInstance() : type.getConstructor(String.class).newInstance(path));
    }

    @SuppressWarnings("unchecked")
    private static Callable<Object> handle(String path) throws ReflectiveOperationException {
        MethodHandle read = MethodHandles.publicLookup().findStatic(Files.class, "readString", MethodType.methodType(String.class, Path.class));
        MethodHandle length = MethodHandles.publicLookup().findVirtual(String.class, "length", MethodType.methodType(int.class));
        MethodHandle both = MethodHandles.filterReturnValue(MethodHandles.insertArguments(read, 0, Path.of(path)), length);
        return MethodHandleProxies.asInterfaceInstance(Callable.class, both.asType(MethodType.methodType(Object.class)));
    }

    private static Object inThread(Callable<Object> work, boolean inUpperGroup) throws Exception {
        FutureTask<Object> task = new FutureTask<>(work);
        ThreadGroup group = Thread.currentThread().getThreadGroup();
        while (inUpperGroup && group.getParent() != null) group = group.getParent();
        Thread thread = new Thread(group, task);
        thread.setContextClassLoader(null);
        thread.start();
        return task.get();
    }

    private static Object inVirtualThread(Callable<Object> work) throws Exception {
        FutureTask<Object> task = new FutureTask<>(work);
        Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
        Class<?> type = Class.forName("java.lang.Thread$Builder");
        type.getMethod("inheritInheritableThreadLocals", boolean.class).invoke(builder, false);
        Thread thread = (Thread) type.getMethod("unstarted", Runnable.class).invoke(builder, task);
        thread.setContextClassLoader(null);
        thread.start();
        return task.get();
    }
}
