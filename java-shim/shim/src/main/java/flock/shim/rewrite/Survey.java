package flock.shim.rewrite;

import java.util.HashSet;
import java.util.Set;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** Which methods of a class have to be changed. Most have no handler, array or string put together, and are left alone. */
final class Survey {
    private final Set<String> methods = new HashSet<>();
    private final Set<String> concats = new HashSet<>();
    private boolean finalizes;
    private boolean hasNameOfConcat;

    private Survey() {}

    static Survey of(ClassReader reader) {
        Survey survey = new Survey();
        reader.accept(survey.new Look(), ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES);
        return survey;
    }

    boolean isEmpty() {
        return methods.isEmpty() && !finalizes && !hasConcats();
    }

    /** Are strings put together in a way that is to be written otherwise? */
    boolean hasConcats() {
        return !concats.isEmpty() && !hasNameOfConcat;
    }

    boolean concatenates(String method, String descriptor) {
        return hasConcats() && concats.contains(method + descriptor);
    }

    boolean names(String method, String descriptor) {
        return methods.contains(method + descriptor);
    }

    private final class Look extends ClassVisitor {
        Look() {
            super(Opcodes.ASM9);
        }

        @Override
        public MethodVisitor visitMethod(int access, String name, String descriptor, String signature,
                String[] exceptions) {
            if (Finalizers.isOne(access, name, descriptor)) {
                finalizes = true;
            }
            hasNameOfConcat |= name.startsWith(Concats.NAME);
            return new LookAtCode(name + descriptor);
        }
    }

    private final class LookAtCode extends MethodVisitor {
        private final String method;

        LookAtCode(String method) {
            super(Opcodes.ASM9);
            this.method = method;
        }

        @Override
        public void visitTryCatchBlock(Label start, Label end, Label handler, String type) {
            methods.add(method);
        }

        @Override
        public void visitIntInsn(int opcode, int operand) {
            if (opcode == Opcodes.NEWARRAY) {
                methods.add(method);
            }
        }

        @Override
        public void visitTypeInsn(int opcode, String type) {
            if (opcode == Opcodes.ANEWARRAY) {
                methods.add(method);
            }
        }

        @Override
        public void visitInvokeDynamicInsn(String name, String descriptor, Handle bootstrap, Object... arguments) {
            if (Concats.isOne(descriptor, bootstrap, arguments)) {
                concats.add(method);
            }
        }

        @Override
        public void visitMultiANewArrayInsn(String descriptor, int dimensions) {
            methods.add(method);
        }
    }
}
