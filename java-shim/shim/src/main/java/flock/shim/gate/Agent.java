package flock.shim.gate;

import flock.boot.Gate;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.security.ProtectionDomain;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Puts the gate into the JDK before the host does anything else. Afterwards the transformer is gone, so that loading
 * a function's class costs nothing here.
 *
 * A row that cannot be put in ends the JVM with its name: a host without its gate must not start.
 */
public final class Agent {
    /** More at once would use more references than the JDK's native side has asked the JVM for. */
    private static final int BATCH = 16;

    /** What hooks rest on: it asks the JDK things that no hook may answer yet. */
    private static final String[] EARLY = {"flock.boot.Callers", "flock.boot.Own", "flock.boot.Refusals",
        "flock.boot.Rights", "flock.boot.Policy"};

    private Agent() {}

    public static void premain(String arguments, Instrumentation instrumentation)
            throws UnmodifiableClassException, ClassNotFoundException {
        // The shim, and nobody else, takes thread-locals off the lanes of chains.
        // The hooks make registries, and wipe caches, that are closed to all others.
        Set<Module> hooks = Set.of(Gate.class.getModule());
        instrumentation.redefineModule(Object.class.getModule(), Set.of(), Map.of(),
                Map.of("java.lang", Set.of(Agent.class.getModule(), Gate.class.getModule()), "java.lang.invoke",
                        hooks, "java.util", hooks),
                Set.of(), Map.of());
        // And makes AWT's context before a function can: see Warmup.
        ModuleLayer.boot().findModule("java.desktop").ifPresent(desktop -> instrumentation.redefineModule(desktop,
                Set.of(), Map.of("sun.awt", Set.of(Agent.class.getModule()),
                        "com.sun.beans.util", hooks),
                Map.of("sun.awt", hooks, "java.beans", hooks), Set.of(), Map.of()));
        // By the loader of the JDK's outer modules: the JVM then knows what the hooks' names mean there and asks nobody,
        // for whom a question on a function's thread would be the function's.
        ClassLoader platform = ClassLoader.getPlatformClassLoader();
        for (String name : EARLY) {
            Class.forName(name, true, platform);
        }
        List<Row> rows = Table.rows();
        Set<Class<?>> types = new LinkedHashSet<>();
        for (Row row : rows) {
            types.add(Class.forName(row.type, false, platform));
            if (row.kind.hasHook()) {
                // Hooks must be ready before a function can be the first to call one.
                Class.forName(row.hookClass.replace('/', '.'), true, platform);
            }
        }
        Transformer transformer = new Transformer(types, rows);
        instrumentation.addTransformer(transformer, true);
        try {
            Class<?>[] all = types.toArray(new Class<?>[0]);
            for (int from = 0; from < all.length; from += BATCH) {
                instrumentation.retransformClasses(Arrays.copyOfRange(all, from, Math.min(all.length, from + BATCH)));
            }
        } finally {
            instrumentation.removeTransformer(transformer);
        }
        transformer.check(rows);
    }

    private static final class Transformer implements ClassFileTransformer {
        private final Set<Class<?>> types;
        private final Weaver weaver;
        private Throwable failure;

        Transformer(Set<Class<?>> types, List<Row> rows) {
            this.types = types;
            weaver = new Weaver(rows);
        }

        @Override
        public byte[] transform(Module module, ClassLoader loader, String name, Class<?> type,
                ProtectionDomain domain, byte[] classFile) {
            // A class that is loaded while another is transformed comes here with that other one as its type.
            if (type == null || !types.contains(type) || !type.getName().replace('.', '/').equals(name)) {
                return null;
            }
            try {
                return weaver.weave(classFile);
            } catch (RuntimeException | LinkageError error) {
                // The JVM drops what a transformer throws.
                failure = error;
                return null;
            }
        }

        void check(List<Row> rows) {
            for (Row row : rows) {
                if (failure != null || !weaver.applied().contains(row)) {
                    throw new IllegalStateException("the gate cannot be put into " + row + " of this JDK", failure);
                }
            }
        }
    }
}
