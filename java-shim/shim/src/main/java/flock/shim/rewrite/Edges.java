package flock.shim.rewrite;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.JumpInsnNode;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.LookupSwitchInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TableSwitchInsnNode;
import org.objectweb.asm.tree.TryCatchBlockNode;

/**
 * Where in a method a handler may be entered from, as the JVM's collector sees it.
 *
 * A stop can come at any instruction. But the maps that tell a collection which locals of an interpreted frame are
 * references (HotSpot's GenerateOopMap) know only edges from instructions that throw by themselves, with the locals as
 * they are there. A handler that is entered from elsewhere, with other locals or with no such edge at all, ends the JVM
 * at the next collection. So a range keeps a place only if control comes to it from a throwing instruction of the same
 * range, or goes on to one, and no local is written and nothing joins in between. A stop at any other place leaves the
 * frame at once, and the JVM releases its monitors.
 */
final class Edges {
    /** Looks at places of ranges that one method may take. What compilers write takes a thousandth of it. */
    private static final int LOOKS_MAX = 1 << 25;

    private final LabelNode[] labels;
    private final AbstractInsnNode[] code;
    /** The nearest throwing instruction that the place is reached from, itself included; -1 for none. */
    private final int[] throwBefore;
    /** The nearest throwing instruction that the place goes on to, itself included; MAX_VALUE for none. */
    private final int[] throwAfter;
    private final MethodNode method;
    private int looks;

    Edges(MethodNode method) {
        this.method = method;
        Set<LabelNode> targets = targets(method);
        AbstractInsnNode[] found = new AbstractInsnNode[method.instructions.size()];
        boolean[] joins = new boolean[found.length + 1];
        int size = 0;
        for (AbstractInsnNode at = method.instructions.getFirst(); at != null; at = at.getNext()) {
            if (at.getOpcode() >= 0) {
                found[size++] = at;
            } else if (at instanceof LabelNode && targets.contains(at)) {
                joins[size] = true;
            }
        }
        code = Arrays.copyOf(found, size);
        labels = new LabelNode[size + 1];
        throwBefore = new int[size];
        throwAfter = new int[size];
        int nearest = -1;
        for (int i = 0; i < size; i++) {
            nearest = throwsByItself(code[i]) ? i : joins[i] ? -1 : nearest;
            throwBefore[i] = nearest;
            nearest = writesLocal(code[i]) || isEnd(code[i]) ? -1 : nearest;
        }
        nearest = Integer.MAX_VALUE;
        for (int i = size - 1; i >= 0; i--) {
            nearest = throwsByItself(code[i]) ? i : writesLocal(code[i]) || isEnd(code[i]) ? Integer.MAX_VALUE : nearest;
            throwAfter[i] = nearest;
        }
    }

    /** The first place from `start` on, and before `end`, where the handler may be entered if it is `wanted`, or may not; else `end`. */
    int next(boolean wanted, int from, int start, int end) {
        int at = from;
        while (at < end && (throwBefore[at] >= start || throwAfter[at] < end) != wanted) {
            at++;
        }
        looks += at - from + 1;
        if (looks > LOOKS_MAX) {
            throw new IllegalArgumentException("too many exception ranges");
        }
        return at;
    }

    /** A label before the instruction at this place. The place after the last one has a label, too. */
    LabelNode labelAt(int place) {
        if (labels[place] == null) {
            labels[place] = new LabelNode();
            if (place == code.length) {
                method.instructions.add(labels[place]);
            } else {
                method.instructions.insertBefore(code[place], labels[place]);
            }
        }
        return labels[place];
    }

    private static Set<LabelNode> targets(MethodNode method) {
        Set<LabelNode> targets = new HashSet<>();
        for (AbstractInsnNode at = method.instructions.getFirst(); at != null; at = at.getNext()) {
            if (at instanceof JumpInsnNode) {
                targets.add(((JumpInsnNode) at).label);
            } else if (at instanceof TableSwitchInsnNode) {
                targets.add(((TableSwitchInsnNode) at).dflt);
                targets.addAll(((TableSwitchInsnNode) at).labels);
            } else if (at instanceof LookupSwitchInsnNode) {
                targets.add(((LookupSwitchInsnNode) at).dflt);
                targets.addAll(((LookupSwitchInsnNode) at).labels);
            }
        }
        for (TryCatchBlockNode block : method.tryCatchBlocks) {
            targets.add(block.handler);
        }
        return targets;
    }

    private static boolean writesLocal(AbstractInsnNode instruction) {
        int opcode = instruction.getOpcode();
        return opcode >= Opcodes.ISTORE && opcode <= Opcodes.ASTORE;
    }

    /** Control does not go on to the next instruction, or not at once. */
    private static boolean isEnd(AbstractInsnNode instruction) {
        int opcode = instruction.getOpcode();
        return opcode >= Opcodes.GOTO && opcode <= Opcodes.RETURN || opcode == Opcodes.ATHROW;
    }

    /**
     * Whether HotSpot draws an edge to the handlers here. It draws none from a monitorexit and a return with balanced
     * monitors, and none from aload_0.
     */
    private static boolean throwsByItself(AbstractInsnNode instruction) {
        int opcode = instruction.getOpcode();
        switch (opcode) {
            case Opcodes.LDC:
            case Opcodes.IDIV:
            case Opcodes.LDIV:
            case Opcodes.IREM:
            case Opcodes.LREM:
                return true;
            case Opcodes.MONITOREXIT:
            case Opcodes.IFNULL:
            case Opcodes.IFNONNULL:
                return false;
            default:
                return opcode >= Opcodes.IALOAD && opcode <= Opcodes.SALOAD
                        || opcode >= Opcodes.IASTORE && opcode <= Opcodes.SASTORE
                        || opcode >= Opcodes.GETSTATIC;
        }
    }
}
