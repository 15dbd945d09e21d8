package flock.shim.gate;

import java.util.HashSet;
import java.util.Set;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Puts the check of the rewriter at the head of each handler of a JDK method. It knows only handlers that begin as
 * javac writes them, by storing the exception; others stop the start. The rewriter's own way would load the tree of
 * ASM at each start.
 */
final class CheckedHandlers extends MethodVisitor {
    private static final int STACK_SLOTS = 2;

    private final Row row;
    private final Set<Label> handlers = new HashSet<>();
    private boolean isAtHead;

    CheckedHandlers(MethodVisitor next, Row row) {
        super(Opcodes.ASM9, next);
        this.row = row;
    }

    @Override
    public void visitTryCatchBlock(Label start, Label end, Label handler, String type) {
        handlers.add(handler);
        super.visitTryCatchBlock(start, end, handler, type);
    }

    @Override
    public void visitLabel(Label label) {
        super.visitLabel(label);
        isAtHead |= handlers.remove(label);
    }

    @Override
    public void visitVarInsn(int opcode, int local) {
        if (isAtHead && opcode == Opcodes.ASTORE) {
            super.visitInsn(Opcodes.DUP);
            super.visitMethodInsn(Opcodes.INVOKESTATIC, "flock/boot/Guard", "caught", "(Ljava/lang/Object;)V", false);
            isAtHead = false;
        }
        super.visitVarInsn(opcode, local);
    }

    @Override
    public void visitMaxs(int maxStack, int maxLocals) {
        if (isAtHead || !handlers.isEmpty()) {
            throw new IllegalStateException(row + " has a handler of an unknown form");
        }
        super.visitMaxs(Math.max(maxStack, STACK_SLOTS), maxLocals);
    }
}
