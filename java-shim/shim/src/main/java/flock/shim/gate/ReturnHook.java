package flock.shim.gate;

import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** Calls a hook at each return of a method, with what it returns or, for a constructor, with what it has made. */
final class ReturnHook extends MethodVisitor {
    private final Row row;
    private final Arguments arguments;
    private final String hookDescriptor;
    private final boolean isConstructor;

    ReturnHook(MethodVisitor next, Row row, int access, String name, String descriptor) {
        super(Opcodes.ASM9, next);
        this.row = row;
        isConstructor = name.equals("<init>");
        arguments = row.kind == Kind.AFTER_WITH_ARGUMENTS ? new Arguments(access, name, descriptor) : null;
        Type result = isConstructor ? Type.getObjectType("java/lang/Object") : Row.shown(Type.getReturnType(descriptor));
        StringBuilder passed = new StringBuilder("(").append(result.getDescriptor());
        if (arguments != null) {
            arguments.types.forEach(type -> passed.append(type.getDescriptor()));
        }
        hookDescriptor = passed.append(")V").toString();
    }

    @Override
    public void visitInsn(int opcode) {
        if (opcode == Opcodes.ARETURN || isConstructor && opcode == Opcodes.RETURN) {
            if (isConstructor) {
                super.visitVarInsn(Opcodes.ALOAD, 0);
            } else {
                super.visitInsn(Opcodes.DUP);
            }
            if (arguments != null) {
                arguments.load(mv);
            }
            super.visitMethodInsn(Opcodes.INVOKESTATIC, row.hookClass, row.hook, hookDescriptor, false);
        }
        super.visitInsn(opcode);
    }

    @Override
    public void visitMaxs(int maxStack, int maxLocals) {
        super.visitMaxs(maxStack + 1 + (arguments == null ? 0 : arguments.slots()), maxLocals);
    }
}
