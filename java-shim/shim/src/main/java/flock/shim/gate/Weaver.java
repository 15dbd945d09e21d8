package flock.shim.gate;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** Puts the hooks of the table into a class, and leaves all else of the class as it is. */
final class Weaver {
    private final Set<Row> applied = new HashSet<>();
    private final List<Row> rows;

    Weaver(List<Row> rows) {
        this.rows = rows;
    }

    /** The class file with the hooks of its rows. */
    byte[] weave(byte[] classFile) {
        ClassReader reader = new ClassReader(classFile);
        ClassWriter writer = new ClassWriter(reader, 0);
        String owner = reader.getClassName();
        List<Row> own = new ArrayList<>();
        for (Row row : rows) {
            if (row.type.replace('.', '/').equals(owner)) {
                own.add(row);
            }
        }
        reader.accept(new ClassVisitor(Opcodes.ASM9, writer) {
            @Override
            public MethodVisitor visitMethod(int access, String name, String descriptor, String signature,
                    String[] exceptions) {
                MethodVisitor method = super.visitMethod(access, name, descriptor, signature, exceptions);
                for (Row row : own) {
                    if (row.isFor(owner, name, descriptor)) {
                        applied.add(row);
                        method = hooked(method, row, access, name, descriptor);
                    }
                }
                return method;
            }
        }, 0);
        return writer.toByteArray();
    }

    /** The rows that have found their method. */
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
