// Layers of modules: a module with a name looks like one of the JDK's, and one that is given to a loader of all would take in what that loader defines later.
package hostile.escape;

import static hostile.escape.Escape.attempt;

import com.google.gson.JsonObject;
import java.io.InputStream;
import java.lang.module.Configuration;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

final class Layers {
    private static final String INNER = "hostile.escape.layered";

    private Layers() {}

    static void all(JsonObject result) {
        ClassLoader own = Layers.class.getClassLoader();
        attempt(result, "unsafe", () -> opener(Class.forName("sun.misc.Unsafe"), "theUnsafe", null).call());
        attempt(result, "lane", () -> opener(Thread.currentThread().getClass(), "seat", Thread.currentThread()).call());
        attempt(result, "loader", () -> opener(own.getClass().getSuperclass(), "face", own).call());
        attempt(result, "givenToHost", () -> given("flock.shim.taken", own.getClass().getClassLoader()));
        attempt(result, "givenToParent", () -> given("flock.shim.taken", own.getParent()));
        attempt(result, "givenToPlatform", () -> given("flock.shim.taken", ClassLoader.getPlatformClassLoader()));
        attempt(result, "givenToBoot", () -> given("flock.boot.taken", null));
        // That is no escape: it has to work.
        attempt(result, "givenToItself", () -> given("hostile.escape.later", own));
    }

    @SuppressWarnings("unchecked")
    private static Callable<Object> opener(Class<?> type, String field, Object of) throws ReflectiveOperationException {
        ModuleLayer layer = ModuleLayer.boot().defineModulesWithOneLoader(configuration(INNER), Layers.class.getClassLoader());
        Class<?> inner = layer.findLoader("hostile.layer").loadClass(INNER + ".Opener");
        if (!inner.getModule().isNamed()) throw new IllegalStateException("it has no module");
        return (Callable<Object>) inner.getConstructor(Class.class, String.class, Object.class).newInstance(type, field, of);
    }

    private static Object given(String packageName, ClassLoader loader) {
        return ModuleLayer.defineModules(configuration(packageName), List.of(ModuleLayer.boot()), name -> loader).layer();
    }

    private static Configuration configuration(String packageName) {
        ModuleDescriptor descriptor = ModuleDescriptor.newModule("hostile.layer").requires("jdk.unsupported").exports(packageName).build();
        ModuleReference module = new ModuleReference(descriptor, null) {
            @Override
            public ModuleReader open() {
                return new OfJar();
            }
        };
        ModuleFinder finder = new ModuleFinder() {
            @Override
            public Optional<ModuleReference> find(String name) {
                return name.equals("hostile.layer") ? Optional.of(module) : Optional.empty();
            }

            @Override
            public Set<ModuleReference> findAll() {
                return Set.of(module);
            }
        };
        return ModuleLayer.boot().configuration().resolve(finder, ModuleFinder.of(), Set.of("hostile.layer"));
    }

    /** Reads what is in the function's jar. */
    private static final class OfJar implements ModuleReader {
        @Override
        public Optional<URI> find(String name) {
            return Optional.empty();
        }

        @Override
        public Optional<InputStream> open(String name) {
            return Optional.ofNullable(Layers.class.getClassLoader().getResourceAsStream(name));
        }

        @Override
        public Stream<String> list() {
            return Stream.empty();
        }

        @Override
        public void close() {}
    }
}
