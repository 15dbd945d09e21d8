package flock.shim.gate;

import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** Calls a hook at the entry of a method. The code has no locals of its own, so the frames of the method stay right. */
final class EntryHook extends MethodVisitor {
    private static final String GATE = "flock/boot/Gate";
    private static final String OBJECT = "Ljava/lang/Object;";
    private static final String TEXT = "Ljava/lang/String;";
    private static final String BOOLEAN = "java/lang/Boolean";
    private static final String INTEGER = "java/lang/Integer";
    private static final String OWN = "flock/boot/Own";
    private static final String REFUSALS = "flock/boot/Refusals";
    private static final String CLASSES = "flock/boot/ClassGate";
    private static final int STACK_SLOTS = 4;
    private static final int BYTES = 1;
    private static final int OFFSET = 2;
    private static final int LENGTH = 3;

    private final Row row;
    private final Arguments arguments;
    private final Type returned;

    EntryHook(MethodVisitor next, Row row, int access, String name, String descriptor) {
        super(Opcodes.ASM9, next);
        this.row = row;
        arguments = new Arguments(access, name, descriptor);
        returned = Type.getReturnType(descriptor);
    }

    @Override
    public void visitCode() {
        super.visitCode();
        switch (row.kind) {
            case REPLACE:
                replace();
                break;
            case ANSWER:
                answer();
                break;
            case FILTER:
                callHook(arguments.type(row.argument));
                narrow(arguments.type(row.argument), arguments.loaded(row.argument));
                super.visitVarInsn(arguments.loaded(row.argument).getOpcode(Opcodes.ISTORE), arguments.local(row.argument));
                break;
            case RECEIVER:
                super.visitVarInsn(Opcodes.ALOAD, 0);
                super.visitMethodInsn(Opcodes.INVOKESTATIC, row.hookClass, row.hook, "(" + OBJECT + ")V", false);
                break;
            case SELF:
                super.visitVarInsn(Opcodes.ALOAD, 0);
                super.visitMethodInsn(Opcodes.INVOKESTATIC, row.hookClass, row.hook, "(" + OBJECT + ")" + OBJECT, false);
                super.visitTypeInsn(Opcodes.CHECKCAST, row.type.replace('.', '/'));
                super.visitVarInsn(Opcodes.ASTORE, 0);
                break;
            case REFUSE:
                super.visitLdcInsn(row.hook);
                super.visitMethodInsn(Opcodes.INVOKESTATIC, REFUSALS, "refuse", "(" + TEXT + ")V", false);
                break;
            case OWN_SET:
                ownSet();
                break;
            case OWN_GET:
                super.visitLdcInsn(row.hook);
                super.visitMethodInsn(Opcodes.INVOKESTATIC, OWN, "get", "(" + TEXT + ")" + OBJECT, false);
                giveUnlessPass();
                break;
            case CLASS_FILE:
                classFile();
                break;
            default:
                callHook(Type.VOID_TYPE);
                break;
        }
    }

    private void callHook(Type gives) {
        arguments.load(mv);
        super.visitMethodInsn(Opcodes.INVOKESTATIC, row.hookClass, row.hook, arguments.hookDescriptor(gives), false);
    }

    /** What a hook gives as an Object becomes the internal type that it stands for. */
    private void narrow(Type given, Type wanted) {
        if (!given.equals(wanted)) {
            super.visitTypeInsn(Opcodes.CHECKCAST, wanted.getInternalName());
        }
    }

    private void ownSet() {
        Type type = arguments.loaded(0);
        super.visitVarInsn(type.getOpcode(Opcodes.ILOAD), arguments.local(0));
        if (type == Type.BOOLEAN_TYPE) {
            super.visitMethodInsn(Opcodes.INVOKESTATIC, BOOLEAN, "valueOf", "(Z)L" + BOOLEAN + ";", false);
        } else if (type == Type.INT_TYPE) {
            super.visitMethodInsn(Opcodes.INVOKESTATIC, INTEGER, "valueOf", "(I)L" + INTEGER + ";", false);
        }
        super.visitLdcInsn(row.hook);
        super.visitMethodInsn(Opcodes.INVOKESTATIC, OWN, "set", "(" + OBJECT + TEXT + ")Z", false);
        returnIfDone();
    }

    private void replace() {
        callHook(Type.BOOLEAN_TYPE);
        returnIfDone();
    }

    private void returnIfDone() {
        Label goOn = new Label();
        super.visitJumpInsn(Opcodes.IFEQ, goOn);
        if (returned == Type.BOOLEAN_TYPE) {
            super.visitInsn(Opcodes.ICONST_1);
            super.visitInsn(Opcodes.IRETURN);
        } else {
            super.visitInsn(Opcodes.RETURN);
        }
        super.visitLabel(goOn);
        super.visitFrame(Opcodes.F_SAME, 0, null, 0, null);
        // Keeps this frame apart from one that the method has at its first instruction.
        super.visitInsn(Opcodes.NOP);
    }

    private void answer() {
        callHook(Type.getType(OBJECT));
        giveUnlessPass();
    }

    private void giveUnlessPass() {
        Label goOn = new Label();
        super.visitInsn(Opcodes.DUP);
        super.visitFieldInsn(Opcodes.GETSTATIC, GATE, "PASS", OBJECT);
        super.visitJumpInsn(Opcodes.IF_ACMPEQ, goOn);
        if (returned == Type.BOOLEAN_TYPE) {
            super.visitTypeInsn(Opcodes.CHECKCAST, BOOLEAN);
            super.visitMethodInsn(Opcodes.INVOKEVIRTUAL, BOOLEAN, "booleanValue", "()Z", false);
            super.visitInsn(Opcodes.IRETURN);
        } else if (returned == Type.INT_TYPE) {
            super.visitTypeInsn(Opcodes.CHECKCAST, INTEGER);
            super.visitMethodInsn(Opcodes.INVOKEVIRTUAL, INTEGER, "intValue", "()I", false);
            super.visitInsn(Opcodes.IRETURN);
        } else {
            super.visitTypeInsn(Opcodes.CHECKCAST, returned.getInternalName());
            super.visitInsn(Opcodes.ARETURN);
        }
        super.visitLabel(goOn);
        super.visitFrame(Opcodes.F_SAME1, 0, null, 1, new Object[] {"java/lang/Object"});
        super.visitInsn(Opcodes.POP);
    }

    /** The new offset and length are computed by calls, because a branch here would need frames. */
    private void classFile() {
        int bytes = arguments.local(BYTES);
        super.visitVarInsn(Opcodes.ALOAD, 0);
        super.visitVarInsn(Opcodes.ALOAD, bytes);
        super.visitVarInsn(Opcodes.ILOAD, arguments.local(OFFSET));
        super.visitVarInsn(Opcodes.ILOAD, arguments.local(LENGTH));
        super.visitMethodInsn(Opcodes.INVOKESTATIC, row.hookClass, row.hook, "(Ljava/lang/Object;[BII)[B", false);
        adapt(bytes, arguments.local(OFFSET), "offset");
        adapt(bytes, arguments.local(LENGTH), "length");
        super.visitVarInsn(Opcodes.ASTORE, bytes);
    }

    private void adapt(int bytes, int local, String hook) {
        super.visitInsn(Opcodes.DUP);
        super.visitVarInsn(Opcodes.ALOAD, bytes);
        super.visitInsn(Opcodes.SWAP);
        super.visitVarInsn(Opcodes.ILOAD, local);
        super.visitMethodInsn(Opcodes.INVOKESTATIC, CLASSES, hook, "([B[BI)I", false);
        super.visitVarInsn(Opcodes.ISTORE, local);
    }

    @Override
    public void visitMaxs(int maxStack, int maxLocals) {
        super.visitMaxs(Math.max(maxStack, Math.max(arguments.slots(), STACK_SLOTS)), maxLocals);
    }
}
