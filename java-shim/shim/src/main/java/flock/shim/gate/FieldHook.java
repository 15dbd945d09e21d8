package flock.shim.gate;

import java.util.Set;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** Lets a hook say what a method reads in a field. It leaves the stack as high as it was. */
final class FieldHook extends MethodVisitor {
    private static final String OBJECT = "Ljava/lang/Object;";

    private final Row row;
    private final Set<Row> applied;

    FieldHook(MethodVisitor next, Row row, Set<Row> applied) {
        super(Opcodes.ASM9, next);
        this.row = row;
        this.applied = applied;
    }

    @Override
    public void visitFieldInsn(int opcode, String owner, String name, String descriptor) {
        super.visitFieldInsn(opcode, owner, name, descriptor);
        boolean reads = opcode == Opcodes.GETSTATIC || opcode == Opcodes.GETFIELD;
        if (reads && name.equals(row.method) && isOf(owner, row.type.replace('.', '/'))) {
            applied.add(row);
            super.visitMethodInsn(Opcodes.INVOKESTATIC, row.hookClass, row.hook, "(" + OBJECT + ")" + OBJECT, false);
            super.visitTypeInsn(Opcodes.CHECKCAST, Type.getType(descriptor).getInternalName());
        }
    }

    /** The row's class, or one around or in it, whose private fields it reads as its own. */
    private static boolean isOf(String owner, String type) {
        return owner.equals(type) || isIn(type, owner) || isIn(owner, type);
    }

    private static boolean isIn(String inner, String outer) {
        return inner.length() > outer.length() && inner.startsWith(outer) && inner.charAt(outer.length()) == '$';
    }
}
