package flock.shim.gate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** Puts the hooks of the table into a class, and leaves all else of the class as it is. */
final class Weaver {
    private final Set<Row> applied = new HashSet<>();
    private final Map<String, List<Row>> rows = new HashMap<>();

    Weaver(List<Row> all) {
        for (Row row : all) {
            String owner = row.type.replace('.', '/');
            List<Row> own = rows.get(owner);
            if (own == null) {
                own = new ArrayList<>();
                rows.put(owner, own);
            }
            own.add(row);
        }
    }

    /** The class file with the hooks of its rows. */
    byte[] weave(byte[] classFile) {
        ClassReader reader = new ClassReader(classFile);
        ClassWriter writer = new ClassWriter(reader, 0);
        String owner = reader.getClassName();
        List<Row> own = rows.getOrDefault(owner, List.of());
        reader.accept(new ClassVisitor(Opcodes.ASM9, writer) {
            @Override
            public MethodVisitor visitMethod(int access, String name, String descriptor, String signature,
                    String[] exceptions) {
                MethodVisitor method = super.visitMethod(access, name, descriptor, signature, exceptions);
                for (Row row : own) {
                    if (row.kind == Kind.FIELD && row.isFor(name, descriptor)) {
                        method = new FieldHook(method, row, applied);
                    } else if (row.isFor(name, descriptor)) {
                        applied.add(row);
                        method = hooked(method, row, access, name, descriptor);
                    }
                }
                return method;
            }
        }, 0);
        return writer.toByteArray();
    }

    /** The rows that have found their method or field. */
    Set<Row> applied() {
        return applied;
    }

    private static MethodVisitor hooked(MethodVisitor next, Row row, int access, String name, String descriptor) {
        if ((access & (Opcodes.ACC_NATIVE | Opcodes.ACC_ABSTRACT)) != 0) {
            throw new IllegalStateException(row + " has no code");
        }
        switch (row.kind) {
            case HANDLERS:
                return new CheckedHandlers(next, row);
            case AFTER:
            case AFTER_WITH_ARGUMENTS:
                return new ReturnHook(next, row, access, name, descriptor);
            default:
                return new EntryHook(next, row, access, name, descriptor);
        }
    }
}
