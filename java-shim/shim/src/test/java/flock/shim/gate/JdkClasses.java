package flock.shim.gate;

import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.Opcodes;

/**
 * The class files of the running JDK, and which of them mention a member. Kept are a few numbers a class: a look for callers
 * reads only the class files whose constant pool has a hash that fits.
 */
final class JdkClasses {
    private static final int FIELD = 9;
    private static final int INTERFACE_METHOD = 11;

    /** One class: names as in class files. */
    static final class Entry {
        final String name;
        final String parent;
        final String[] interfaces;
        /** Can code outside of its module name it? */
        final boolean isExported;
        private final ModuleReference module;
        private final int[] mentions;

        private Entry(ClassReader reader, ModuleReference module, boolean isExported) {
            name = reader.getClassName();
            parent = reader.getSuperName();
            interfaces = reader.getInterfaces();
            this.module = module;
            this.isExported = isExported && (reader.getAccess() & Opcodes.ACC_PUBLIC) != 0;
            mentions = mentions(reader);
        }

        ClassReader read() {
            try (ModuleReader files = module.open(); InputStream in = files.open(name + ".class").orElseThrow()) {
                return new ClassReader(in.readAllBytes());
            } catch (IOException unreadable) {
                throw new IllegalStateException(name, unreadable);
            }
        }
    }

    private final Map<String, Entry> all = new LinkedHashMap<>();
    private final Map<String, List<String>> children = new HashMap<>();

    JdkClasses() throws IOException {
        Set<ModuleReference> modules = ModuleFinder.ofSystem().findAll();
        for (ModuleReference module : modules) {
            if (ModuleLayer.boot().findModule(module.descriptor().name()).isPresent()) {
                readModule(module);
            }
        }
        for (Entry each : all.values()) {
            children.computeIfAbsent(String.valueOf(each.parent), any -> new ArrayList<>()).add(each.name);
        }
    }

    private void readModule(ModuleReference module) throws IOException {
        Set<String> exported = new HashSet<>();
        module.descriptor().exports().forEach(each -> {
            if (!each.isQualified()) {
                exported.add(each.source().replace('.', '/'));
            }
        });
        try (ModuleReader files = module.open()) {
            for (String name : (Iterable<String>) files.list()::iterator) {
                if (name.endsWith(".class") && !name.equals("module-info.class")) {
                    String folder = name.substring(0, Math.max(0, name.lastIndexOf('/')));
                    try (InputStream in = files.open(name).orElseThrow()) {
                        Entry entry = new Entry(new ClassReader(in.readAllBytes()), module, exported.contains(folder));
                        all.put(entry.name, entry);
                    }
                }
            }
        }
    }

    private static int[] mentions(ClassReader reader) {
        char[] buffer = new char[reader.getMaxStringLength()];
        int count = reader.getItemCount();
        int[] hashes = new int[count];
        int used = 0;
        for (int i = 1; i < count; i++) {
            int at = reader.getItem(i);
            int tag = at == 0 ? 0 : reader.readByte(at - 1);
            if (tag >= FIELD && tag <= INTERFACE_METHOD) {
                int nameAndType = reader.getItem(reader.readUnsignedShort(at + 2));
                hashes[used++] = hash(reader.readClass(at, buffer), reader.readUTF8(nameAndType, buffer));
            }
        }
        return Arrays.copyOf(hashes, used);
    }

    private static int hash(String owner, String member) {
        return owner.hashCode() * 31 + member.hashCode();
    }

    Collection<Entry> all() {
        return all.values();
    }

    Entry find(String name) {
        return all.get(name);
    }

    /** Those that extend a class, and so on. */
    List<String> below(String name) {
        List<String> found = new ArrayList<>(children.getOrDefault(name, List.of()));
        for (int i = 0; i < found.size(); i++) {
            found.addAll(children.getOrDefault(found.get(i), List.of()));
        }
        return found;
    }

    /** Every type above a class, its interfaces too. */
    Set<String> above(Entry of) {
        Set<String> found = new HashSet<>();
        List<Entry> left = new ArrayList<>(List.of(of));
        while (!left.isEmpty()) {
            Entry next = left.remove(left.size() - 1);
            List<String> up = new ArrayList<>(Arrays.asList(next.interfaces));
            up.add(next.parent);
            for (String each : up) {
                if (each != null && found.add(each) && all.containsKey(each)) {
                    left.add(all.get(each));
                }
            }
        }
        return found;
    }

    /** Gives each class that may mention one of the members, which are written OWNER.NAME. */
    void mentioning(Collection<String> members, Consumer<Entry> to) {
        Set<Integer> wanted = new HashSet<>();
        for (String each : members) {
            int dot = each.indexOf('.');
            wanted.add(hash(each.substring(0, dot), each.substring(dot + 1)));
        }
        for (Entry each : all.values()) {
            for (int mention : each.mentions) {
                if (wanted.contains(mention)) {
                    to.accept(each);
                    break;
                }
            }
        }
    }
}
