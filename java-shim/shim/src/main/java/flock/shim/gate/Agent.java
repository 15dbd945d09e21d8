package flock.shim.gate;

import java.lang.instrument.ClassDefinition;
import java.lang.instrument.Instrumentation;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;

/** Puts the gate into a JVM that has no Flock around it: for the Java tests, which start `java` with the shim as agent. */
public final class Agent {
    /** More at once would use more references than the JDK's native side has asked the JVM for. */
    private static final int BATCH = 16;

    private Agent() {}

    public static void premain(String arguments, Instrumentation instrumentation) throws Exception {
        Loom.put(Loom.weave(), new Loom.Jvm() {
            @Override
            public void open(Module module, String packageName, Module to) {
                instrumentation.redefineModule(module, Set.of(), Map.of(), Map.of(packageName, Set.of(to)), Set.of(), Map.of());
            }

            @Override
            public void read(Module module, Module read) {
                instrumentation.redefineModule(module, Set.of(read), Map.of(), Map.of(), Set.of(), Map.of());
            }

            @Override
            public void redefine(Class<?>[] types, byte[][] classFiles) throws Exception {
                ClassDefinition[] all = new ClassDefinition[types.length];
                for (int i = 0; i < all.length; i++) {
                    all[i] = new ClassDefinition(types[i], classFiles[i]);
                }
                for (int from = 0; from < all.length; from += BATCH) {
                    instrumentation.redefineClasses(Arrays.copyOfRange(all, from, Math.min(all.length, from + BATCH)));
                }
            }
        });
    }
}
