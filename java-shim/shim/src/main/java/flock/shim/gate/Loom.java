package flock.shim.gate;

import flock.boot.Gate;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Puts the gate into the JDK before the host does anything else, in two steps: the table's classes are woven, which takes ASM
 * and most of the time, and what comes of it is put in. The host keeps the first step's result from one start to the next,
 * so nothing of the second may need the table.
 *
 * A row that cannot be put in is an error with its name: a host without its gate must not start.
 */
final class Loom {
    /** What the JVM does for the one who starts it. */
    interface Jvm {
        /** The package becomes open to this module, so also exported. */
        void open(Module module, String packageName, Module to);

        /** The module's classes may name those of this module. */
        void read(Module module, Module read);

        void redefine(Class<?>[] types, byte[][] classFiles) throws Exception;
    }

    /** What hooks rest on: it asks the JDK things that no hook may answer yet. */
    private static final String[] EARLY = {"flock.boot.Callers", "flock.boot.Own", "flock.boot.Refusals",
        "flock.boot.Rights", "flock.boot.Policy"};

    private Loom() {}

    /** The hooks of the table and the woven class files of this JDK. */
    static byte[] weave() throws IOException, ClassNotFoundException {
        ClassLoader platform = ClassLoader.getPlatformClassLoader();
        List<Row> rows = Table.rows();
        Weaver weaver = new Weaver(rows);
        Set<String> hooks = new LinkedHashSet<>();
        Map<String, byte[]> woven = new LinkedHashMap<>();
        for (Row row : rows) {
            if (row.kind.hasHook()) {
                hooks.add(row.hookClass.replace('/', '.'));
            }
            if (!woven.containsKey(row.type)) {
                Class<?> type = Class.forName(row.type, false, platform);
                String file = row.type.replace('.', '/') + ".class";
                try (InputStream in = type.getModule().getResourceAsStream(file)) {
                    woven.put(row.type, weaver.weave(in.readAllBytes()));
                }
            }
        }
        for (Row row : rows) {
            if (!weaver.applied().contains(row)) {
                throw new IllegalStateException("the gate cannot be put into " + row + " of this JDK");
            }
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(hooks.size());
        for (String hook : hooks) {
            out.writeUTF(hook);
        }
        out.writeInt(woven.size());
        for (Map.Entry<String, byte[]> each : woven.entrySet()) {
            out.writeUTF(each.getKey());
            out.writeInt(each.getValue().length);
            out.write(each.getValue());
        }
        return bytes.toByteArray();
    }

    /** Puts in what {@link #weave} gave, now or at an earlier start of the same JDK with the same table. */
    static void put(byte[] woven, Jvm jvm) throws Exception {
        open(jvm);
        // By the loader of the JDK's outer modules: the JVM then knows what the hooks' names mean there and asks nobody,
        // for whom a question on a function's thread would be the function's.
        ClassLoader platform = ClassLoader.getPlatformClassLoader();
        for (String name : EARLY) {
            Class.forName(name, true, platform);
        }
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(woven));
        for (int left = in.readInt(); left > 0; left--) {
            // Hooks must be ready before a function can be the first to call one.
            Class.forName(in.readUTF(), true, platform);
        }
        Set<Module> read = new HashSet<>();
        Class<?>[] types = new Class<?>[in.readInt()];
        byte[][] classFiles = new byte[types.length][];
        for (int i = 0; i < types.length; i++) {
            types[i] = Class.forName(in.readUTF(), false, platform);
            // Or the call of the hook would be an error of access.
            if (read.add(types[i].getModule())) {
                jvm.read(types[i].getModule(), Gate.class.getModule());
            }
            classFiles[i] = new byte[in.readInt()];
            in.readFully(classFiles[i]);
        }
        jvm.redefine(types, classFiles);
    }

    private static void open(Jvm jvm) {
        Module hooks = Gate.class.getModule();
        Module shim = Loom.class.getModule();
        Module base = Object.class.getModule();
        // The shim, and nobody else, takes thread-locals off the lanes of chains.
        jvm.open(base, "java.lang", shim);
        // The hooks make registries, and wipe caches, that are closed to all others.
        jvm.open(base, "java.lang", hooks);
        jvm.open(base, "java.lang.invoke", hooks);
        jvm.open(base, "java.util", hooks);
        jvm.open(base, "java.util.zip", hooks);
        // And close an idle connection that must not be kept.
        jvm.open(base, "sun.net", hooks);
        jvm.open(base, "sun.net.www.http", hooks);
        // And give each function what the JDK remembers of certificates.
        jvm.open(base, "sun.security.util", hooks);
        // And count the folders that a watcher watches.
        jvm.open(base, "sun.nio.fs", hooks);
        // And read the source of random numbers in pieces.
        jvm.open(base, "sun.security.provider", hooks);
        // And give each function its own locales.
        if (Runtime.version().feature() >= LocaleRows.FIRST_WITH_HELD_KEYS) {
            jvm.open(base, "jdk.internal.util", hooks);
        }
        // And tell when an arena is closed.
        if (Runtime.version().feature() >= Table.FIRST_WITH_SEGMENTS) {
            jvm.open(base, "jdk.internal.foreign", hooks);
        }
        // And give each function its own readers of XML.
        Optional<Module> xml = ModuleLayer.boot().findModule("java.xml");
        if (xml.isPresent()) {
            jvm.open(xml.get(), "com.sun.org.apache.xml.internal.utils", hooks);
        }
        // And the root of its loggers.
        Optional<Module> logging = ModuleLayer.boot().findModule("java.logging");
        if (logging.isPresent()) {
            jvm.open(logging.get(), "java.util.logging", hooks);
        }
        // No lambda here: its machinery would be started for this alone.
        Optional<Module> desktop = ModuleLayer.boot().findModule("java.desktop");
        if (desktop.isPresent()) {
            // And the shim makes AWT's context before a function can: see Warmup.
            jvm.open(desktop.get(), "sun.awt", shim);
            jvm.open(desktop.get(), "sun.awt", hooks);
            jvm.open(desktop.get(), "java.beans", hooks);
            jvm.open(desktop.get(), "com.sun.beans.util", hooks);
            jvm.open(desktop.get(), "com.sun.imageio.stream", hooks);
        }
    }
}
