package flock.shim.gate;

import java.util.HashSet;
import java.util.Set;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * Puts the call of a hook at the entry of each method that the table names, and leaves all else of the class as it
 * is. The code has no locals of its own, so the frames that the method has stay right.
 */
final class Weaver {
    private static final String GATE = "flock/boot/Gate";
    private static final String OBJECT = "Ljava/lang/Object;";
    private static final int ANSWER_STACK_SLOTS = 3;

    private final Set<Row> applied = new HashSet<>();

    /** The class file with the hooks of its rows. */
    byte[] weave(Class<?> type, byte[] classFile) {
        ClassReader reader = new ClassReader(classFile);
        ClassWriter writer = new ClassWriter(reader, 0);
        reader.accept(new ClassVisitor(Opcodes.ASM9, writer) {
            @Override
            public MethodVisitor visitMethod(int access, String name, String descriptor, String signature,
                    String[] exceptions) {
                MethodVisitor plain = super.visitMethod(access, name, descriptor, signature, exceptions);
                for (Row row : Table.ROWS) {
                    if (row.type == type && row.isFor(name, descriptor)) {
                        applied.add(row);
                        return new Entry(plain, row, (access & Opcodes.ACC_STATIC) != 0);
                    }
                }
                return plain;
            }
        }, 0);
        return writer.toByteArray();
    }

    /** The rows that have found their method. */
    Set<Row> applied() {
        return applied;
    }

    private static final class Entry extends MethodVisitor {
        private final Row row;
        private final Type[] passed;
        private final String hookDescriptor;
        private int passedSlots;

        Entry(MethodVisitor next, Row row, boolean isStatic) {
            super(Opcodes.ASM9, next);
            this.row = row;
            Type[] arguments = Type.getArgumentTypes(row.descriptor);
            int first = isStatic ? 0 : 1;
            passed = new Type[arguments.length + first];
            if (!isStatic) {
                passed[0] = Type.getType(row.type);
            }
            System.arraycopy(arguments, 0, passed, first, arguments.length);
            hookDescriptor = Type.getMethodDescriptor(Type.getType(row.kind.returns), passed);
        }

        @Override
        public void visitCode() {
            super.visitCode();
            for (Type type : passed) {
                super.visitVarInsn(type.getOpcode(Opcodes.ILOAD), passedSlots);
                passedSlots += type.getSize();
            }
            super.visitMethodInsn(Opcodes.INVOKESTATIC, GATE, row.hook, hookDescriptor, false);
            Label goOn = new Label();
            if (row.kind == Kind.REPLACE) {
                super.visitJumpInsn(Opcodes.IFEQ, goOn);
                super.visitInsn(Opcodes.RETURN);
                super.visitLabel(goOn);
                super.visitFrame(Opcodes.F_SAME, 0, null, 0, null);
                // Keeps this frame apart from one that the method has at its first instruction.
                super.visitInsn(Opcodes.NOP);
            } else if (row.kind == Kind.ANSWER) {
                super.visitInsn(Opcodes.DUP);
                super.visitFieldInsn(Opcodes.GETSTATIC, GATE, "PASS", OBJECT);
                super.visitJumpInsn(Opcodes.IF_ACMPEQ, goOn);
                super.visitTypeInsn(Opcodes.CHECKCAST, Type.getReturnType(row.descriptor).getInternalName());
                super.visitInsn(Opcodes.ARETURN);
                super.visitLabel(goOn);
                super.visitFrame(Opcodes.F_SAME1, 0, null, 1, new Object[] {"java/lang/Object"});
                super.visitInsn(Opcodes.POP);
            }
        }

        @Override
        public void visitMaxs(int maxStack, int maxLocals) {
            super.visitMaxs(Math.max(maxStack, Math.max(passedSlots, ANSWER_STACK_SLOTS)), maxLocals);
        }
    }
}
