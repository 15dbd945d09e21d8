package flock.shim.rewrite;

import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Functions have no finalizers: the JVM has one thread for them all, and one that spins would stop it for everybody.
 *
 * The method stays, empty: calls of it and overriding go on to work, and the JVM registers no object whose finalizer
 * is empty. Those that classes inherit from the JDK are the gate's matter.
 */
final class Finalizers {
    private Finalizers() {}

    static boolean isOne(int access, String name, String descriptor) {
        return name.equals("finalize") && descriptor.equals("()V")
                && (access & (Opcodes.ACC_STATIC | Opcodes.ACC_ABSTRACT)) == 0;
    }

    static void writeEmpty(ClassVisitor to, int access, String signature, String[] exceptions) {
        MethodVisitor code = to.visitMethod(access & ~Opcodes.ACC_NATIVE, "finalize", "()V", signature, exceptions);
        code.visitCode();
        code.visitInsn(Opcodes.RETURN);
        code.visitMaxs(0, 1);
        code.visitEnd();
    }
}
