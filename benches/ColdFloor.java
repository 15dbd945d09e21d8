// The floor of a cold start: what a plain JVM needs, without a host, to load a function of one class and call it once: a new
// class loader, its class defined, verified and initialised, a method handle, the first call. On one warm thread,
// nothing counted, nothing refused.
//
// Arguments: the function's jar, its class. Reads numbers from the standard input, a line each; does it so many times and
// answers with the nanoseconds that all took together.

import com.google.gson.JsonObject;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.zip.ZipFile;

public final class ColdFloor extends ClassLoader {
    private static final MethodType MAIN = MethodType.methodType(JsonObject.class, JsonObject.class);

    static {
        registerAsParallelCapable();
    }

    private final String type;
    private final byte[] file;

    private ColdFloor(String type, byte[] file) {
        super(ColdFloor.class.getClassLoader());
        this.type = type;
        this.file = file;
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        if (!name.equals(type)) {
            throw new ClassNotFoundException(name);
        }
        return defineClass(name, file, 0, file.length);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (!name.equals(type)) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            return loaded != null ? loaded : findClass(name);
        }
    }

    public static void main(String[] args) throws Throwable {
        byte[] file;
        try (ZipFile jar = new ZipFile(args[0])) {
            file = jar.getInputStream(jar.getEntry(args[1].replace('.', '/') + ".class")).readAllBytes();
        }
        BufferedReader counts = new BufferedReader(new InputStreamReader(System.in));
        for (String line = counts.readLine(); line != null; line = counts.readLine()) {
            long nanos = 0;
            for (long left = Long.parseLong(line); left > 0; left--) {
                JsonObject payload = new JsonObject();
                payload.addProperty("text", "a payload");
                long began = System.nanoTime();
                Class<?> main = Class.forName(args[1], true, new ColdFloor(args[1], file));
                MethodHandle handle = MethodHandles.publicLookup().findStatic(main, "main", MAIN);
                JsonObject result = (JsonObject) handle.invokeExact(payload);
                nanos += System.nanoTime() - began;
                if (result == null) {
                    throw new IllegalStateException("the function gave nothing");
                }
            }
            System.out.println(nanos);
        }
    }
}
