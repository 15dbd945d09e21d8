// Proxies in the loaders of the JDK, which keep each for ever, in whatever order its interfaces are given.
package hostile.mint;

import com.google.gson.JsonObject;
import java.io.Closeable;
import java.lang.reflect.Proxy;
import java.util.RandomAccess;
import java.util.concurrent.Callable;

final class Proxies {
    private Proxies() {}

    static void all(JsonObject result) {
        Class<?>[] faces = {Runnable.class, Callable.class, Closeable.class, RandomAccess.class};
        ClassLoader[] loaders = {null, ClassLoader.getPlatformClassLoader(), Object.class.getClassLoader()};
        for (int i = 0; i < loaders.length; i++) {
            Object proxy = Proxy.newProxyInstance(loaders[i], faces, (self, method, args) -> "said");
            result.addProperty("proxy" + i, isOwn(proxy.getClass()));
            result.addProperty("class" + i, isOwn(Proxy.getProxyClass(loaders[i], faces)));
            try {
                result.addProperty("answer" + i, ((Callable<?>) proxy).call().toString());
            } catch (Exception failed) {
                result.addProperty("answer" + i, failed.toString());
            }
        }
        FunctionalInterface read = Runnable.class.getAnnotation(FunctionalInterface.class);
        result.addProperty("annotation", read.annotationType() == FunctionalInterface.class && !isOwn(read.getClass()));
        Deprecated old = Thread.class.getDeclaredMethods().length > 0 ? annotated() : null;
        result.addProperty("since", old.since());
    }

    private static Deprecated annotated() {
        try {
            return Character.class.getConstructor(char.class).getAnnotation(Deprecated.class);
        } catch (NoSuchMethodException gone) {
            throw new IllegalStateException(gone);
        }
    }

    private static boolean isOwn(Class<?> type) {
        return type.getClassLoader() == Proxies.class.getClassLoader();
    }
}
