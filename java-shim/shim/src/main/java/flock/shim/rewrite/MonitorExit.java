package flock.shim.rewrite;

import java.util.Set;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.VarInsnNode;

/**
 * Knows the handler that a compiler puts behind a synchronized block: it releases the monitor and throws on, and does
 * nothing else. javac, kotlinc and scalac keep the exception in a local meanwhile or leave it on the stack, as ecj.
 */
final class MonitorExit {
    private MonitorExit() {}

    /** The athrow that ends the handler which begins here, or null for one of another form or that another enters. */
    static AbstractInsnNode endOf(AbstractInsnNode first, Set<AbstractInsnNode> heads) {
        AbstractInsnNode at = first.getOpcode() == Opcodes.NOP ? after(first, heads) : first;
        int kept = -1;
        if (is(at, Opcodes.ASTORE)) {
            kept = ((VarInsnNode) at).var;
            at = after(at, heads);
        }
        if (!is(at, Opcodes.ALOAD) || ((VarInsnNode) at).var == kept) {
            return null;
        }
        at = after(at, heads);
        if (!is(at, Opcodes.MONITOREXIT)) {
            return null;
        }
        at = after(at, heads);
        if (kept >= 0) {
            if (!is(at, Opcodes.ALOAD) || ((VarInsnNode) at).var != kept) {
                return null;
            }
            at = after(at, heads);
        }
        return is(at, Opcodes.ATHROW) ? at : null;
    }

    private static boolean is(AbstractInsnNode instruction, int opcode) {
        return instruction != null && instruction.getOpcode() == opcode;
    }

    /** The next instruction, past labels, lines, frames and nops; null at the end or when it is a handler's first. */
    private static AbstractInsnNode after(AbstractInsnNode instruction, Set<AbstractInsnNode> heads) {
        AbstractInsnNode at = instruction.getNext();
        while (at != null && (at.getOpcode() < 0 || at.getOpcode() == Opcodes.NOP && !heads.contains(at))) {
            at = at.getNext();
        }
        return heads.contains(at) ? null : at;
    }
}
