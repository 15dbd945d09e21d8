package flock.shim.rewrite;

import static org.junit.Assert.assertEquals;

import flock.shim.testing.Definer;
import java.util.Map;
import org.junit.Test;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TryCatchBlockNode;

/** No handler is entered from where the JVM expects no throw: a collection there would end the process. */
public final class EdgesTest {
    /** How many instructions of `static int run(Runnable f, int n)` the handlers cover, counted once for each handler. */
    private static int covered(String body) throws Exception {
        Map<String, byte[]> files = Definer.rewritten(Definer.compiled(
                "public class C { public static int run(Runnable f, int n) { " + body + " } }"));
        new Definer(files).verified("C");
        ClassNode type = new ClassNode();
        new ClassReader(files.get("C.class")).accept(type, 0);
        int covered = 0;
        for (MethodNode method : type.methods) {
            for (TryCatchBlockNode block : method.tryCatchBlocks) {
                for (AbstractInsnNode at = block.start; at != block.end; at = at.getNext()) {
                    covered += at.getOpcode() >= Opcodes.NOP ? 1 : 0;
                }
            }
        }
        return covered;
    }

    @Test
    public void aLoopThatThrowsNothingHasNoHandler() throws Exception {
        assertEquals(0, covered("try { while (true) { } } catch (Throwable t) { return 1; }"));
        assertEquals(0, covered("try { while (true) { n++; } } finally { n = 2; }"));
        assertEquals(0, covered("synchronized (f) { while (true) { } }"));
        assertEquals(0, covered("synchronized (f) { while (n > 0) { n *= 3; } } return n;"));
    }

    @Test
    public void aThrowingInstructionKeepsWhatHasItsLocals() throws Exception {
        // aload f, invokeinterface
        assertEquals(2, covered("try { f.run(); } catch (Throwable t) { return 1; } return 2;"));
        // aload f, invokeinterface, iconst, istore; not the loop
        assertEquals(4, covered("try { f.run(); int i = 1; while (true) { i++; } } catch (Throwable t) { return 1; }"));
        // bipush, iload n, the division, the store of its result; not what follows
        assertEquals(4, covered("try { int i = 7 / n; n = 1; return i; } catch (ArithmeticException e) { return 1; }"));
    }
}
