package flock.shim.rewrite;

import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.InsnList;
import org.objectweb.asm.tree.InsnNode;
import org.objectweb.asm.tree.IntInsnNode;
import org.objectweb.asm.tree.LdcInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.MultiANewArrayInsnNode;
import org.objectweb.asm.tree.VarInsnNode;

/**
 * Lets each instruction that makes an array ask first, by its count on the stack. An array whose small size is written
 * in the code does not ask.
 */
final class ArrayGuards {
    static final String GUARD = "flock/boot/Guard";
    private static final int REFERENCE_BYTES = 4;
    private static final int ASK_FROM_BYTES = 1 << 20;
    private static final int STACK_OF_TWO = 3;
    private static final int STACK_OF_MANY = 4;

    private ArrayGuards() {}

    static void put(MethodNode method) {
        int localsBefore = method.maxLocals;
        int stackMore = 0;
        for (AbstractInsnNode at = method.instructions.getFirst(); at != null; at = at.getNext()) {
            int elementBytes = elementBytes(at);
            if (elementBytes == 0) {
                continue;
            }
            int dimensions = at instanceof MultiANewArrayInsnNode ? ((MultiANewArrayInsnNode) at).dims : 1;
            if (dimensions == 1) {
                if (!isSmall(at.getPrevious(), elementBytes)) {
                    method.instructions.insertBefore(at, call("bytes" + elementBytes, "(I)I"));
                }
            } else if (dimensions == 2) {
                method.instructions.insertBefore(at, ofTwo(elementBytes));
                stackMore = Math.max(stackMore, STACK_OF_TWO);
            } else {
                method.instructions.insertBefore(at, ofMany(dimensions, elementBytes, localsBefore));
                method.maxLocals = Math.max(method.maxLocals, localsBefore + dimensions);
                stackMore = STACK_OF_MANY;
            }
        }
        method.maxStack += stackMore;
    }

    /** Bytes of an element of the array that the instruction makes; 0 for other instructions. */
    private static int elementBytes(AbstractInsnNode instruction) {
        switch (instruction.getOpcode()) {
            case Opcodes.ANEWARRAY:
                return REFERENCE_BYTES;
            case Opcodes.NEWARRAY:
                return bytesOfPrimitive(((IntInsnNode) instruction).operand);
            case Opcodes.MULTIANEWARRAY:
                MultiANewArrayInsnNode array = (MultiANewArrayInsnNode) instruction;
                return bytesOf(array.desc.substring(array.dims));
            default:
                return 0;
        }
    }

    private static int bytesOfPrimitive(int code) {
        switch (code) {
            case Opcodes.T_BOOLEAN:
            case Opcodes.T_BYTE:
                return 1;
            case Opcodes.T_CHAR:
            case Opcodes.T_SHORT:
                return 2;
            case Opcodes.T_LONG:
            case Opcodes.T_DOUBLE:
                return 8;
            default:
                return 4;
        }
    }

    private static int bytesOf(String descriptor) {
        switch (descriptor.charAt(0)) {
            case 'Z':
            case 'B':
                return 1;
            case 'C':
            case 'S':
                return 2;
            case 'J':
            case 'D':
                return 8;
            default:
                return REFERENCE_BYTES;
        }
    }

    private static boolean isSmall(AbstractInsnNode count, int elementBytes) {
        if (count == null) {
            return false;
        }
        long value;
        int opcode = count.getOpcode();
        if (opcode >= Opcodes.ICONST_M1 && opcode <= Opcodes.ICONST_5) {
            value = opcode - Opcodes.ICONST_0;
        } else if (opcode == Opcodes.BIPUSH || opcode == Opcodes.SIPUSH) {
            value = ((IntInsnNode) count).operand;
        } else if (count instanceof LdcInsnNode && ((LdcInsnNode) count).cst instanceof Integer) {
            value = (Integer) ((LdcInsnNode) count).cst;
        } else {
            return false;
        }
        return value * elementBytes <= ASK_FROM_BYTES;
    }

    private static InsnList ofTwo(int elementBytes) {
        InsnList code = new InsnList();
        code.add(new InsnNode(Opcodes.DUP2));
        code.add(new IntInsnNode(Opcodes.BIPUSH, elementBytes));
        code.add(call("rows", "(III)V"));
        return code;
    }

    /** Puts the counts into locals that the method does not have, adds up level by level, and takes them back. */
    private static InsnList ofMany(int dimensions, int elementBytes, int firstLocal) {
        InsnList code = new InsnList();
        for (int i = dimensions - 1; i >= 0; i--) {
            code.add(new VarInsnNode(Opcodes.ISTORE, firstLocal + i));
        }
        code.add(new InsnNode(Opcodes.DCONST_1));
        for (int i = 0; i < dimensions - 1; i++) {
            code.add(new VarInsnNode(Opcodes.ILOAD, firstLocal + i));
            code.add(call("inner", "(DI)D"));
        }
        code.add(new VarInsnNode(Opcodes.ILOAD, firstLocal + dimensions - 1));
        code.add(new IntInsnNode(Opcodes.BIPUSH, elementBytes));
        code.add(call("innermost", "(DII)V"));
        for (int i = 0; i < dimensions; i++) {
            code.add(new VarInsnNode(Opcodes.ILOAD, firstLocal + i));
        }
        return code;
    }

    private static MethodInsnNode call(String name, String descriptor) {
        return new MethodInsnNode(Opcodes.INVOKESTATIC, GUARD, name, descriptor, false);
    }
}
