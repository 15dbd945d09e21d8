package flock.shim.rewrite;

import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.MethodNode;

/** Writes a class with its methods changed as the survey says. */
final class ClassPass extends ClassVisitor {
    private final Survey survey;
    private final boolean guardsArrays;
    /** None: strings are put together as the class file says. */
    private final Concats concats;

    ClassPass(ClassWriter writer, Survey survey, boolean guardsArrays, Concats concats) {
        super(Opcodes.ASM9, writer);
        this.survey = survey;
        this.guardsArrays = guardsArrays;
        this.concats = concats;
    }

    @Override
    public MethodVisitor visitMethod(int access, String name, String descriptor, String signature,
            String[] exceptions) {
        if (Finalizers.isOne(access, name, descriptor)) {
            Finalizers.writeEmpty(cv, access, signature, exceptions);
            return null;
        }
        MethodVisitor plain = super.visitMethod(access, name, descriptor, signature, exceptions);
        if (concats != null && survey.concatenates(name, descriptor)) {
            plain = concats.in(plain);
        }
        return survey.names(name, descriptor) ? new Change(access, name, descriptor, signature, exceptions, plain) : plain;
    }

    @Override
    public void visitEnd() {
        if (concats != null) {
            concats.write(cv);
        }
        super.visitEnd();
    }

    private final class Change extends MethodNode {
        private final MethodVisitor next;

        Change(int access, String name, String descriptor, String signature, String[] exceptions, MethodVisitor next) {
            super(Opcodes.ASM9, access, name, descriptor, signature, exceptions);
            this.next = next;
        }

        @Override
        public void visitEnd() {
            super.visitEnd();
            if (guardsArrays) {
                ArrayGuards.put(this);
            }
            if (!tryCatchBlocks.isEmpty()) {
                new Handlers(this).check();
            }
            accept(next);
        }
    }
}
