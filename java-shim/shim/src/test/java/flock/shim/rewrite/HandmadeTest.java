package flock.shim.rewrite;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertTrue;
import static org.junit.Assert.fail;

import flock.boot.Stop;
import flock.shim.testing.Definer;
import flock.shim.testing.Images;
import flock.shim.testing.TestHost;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.Test;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** Bytecode that no compiler writes: handlers that cover themselves and one another, jsr, methods without room. */
public final class HandmadeTest {
    private static final String RUN = "(Ljava/lang/Runnable;)V";
    private static final long PATIENCE_MILLIS = 10_000;

    /** A class H of an old version, whose code needs no frames, with `static void run(Runnable)`. */
    private static byte[] oldClass(int version, Consumer<MethodVisitor> body) {
        ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
        writer.visit(version, Opcodes.ACC_PUBLIC | Opcodes.ACC_SUPER, "H", null, "java/lang/Object", null);
        MethodVisitor code = writer.visitMethod(Opcodes.ACC_PUBLIC | Opcodes.ACC_STATIC, "run", RUN, null, null);
        code.visitCode();
        body.accept(code);
        code.visitMaxs(0, 0);
        code.visitEnd();
        writer.visitEnd();
        return writer.toByteArray();
    }

    private static void call(MethodVisitor code) {
        code.visitVarInsn(Opcodes.ALOAD, 0);
        code.visitMethodInsn(Opcodes.INVOKEINTERFACE, "java/lang/Runnable", "run", "()V", true);
    }

    /** Runs it in a thread of its own, which must end; gives what it threw. */
    private static Throwable thrown(byte[] classFile, Runnable argument) throws Exception {
        Class<?> type = new Definer(Map.of("H.class", Images.rewritten(classFile))).verified("H");
        Throwable[] seen = new Throwable[1];
        Thread thread = new Thread(() -> {
            try {
                type.getMethod("run", Runnable.class).invoke(null, argument);
            } catch (InvocationTargetException error) {
                seen[0] = error.getCause();
            } catch (Stop stop) {
                // The gate lets no stop be wrapped.
                seen[0] = stop;
            } catch (ReflectiveOperationException error) {
                throw new AssertionError(error);
            }
        });
        thread.setDaemon(true);
        thread.start();
        thread.join(PATIENCE_MILLIS);
        assertFalse("it spins", thread.isAlive());
        return seen[0];
    }

    private static final Stop STOP = new Stop();

    private static void throwStop() {
        throw STOP;
    }

    private static void leaves(Consumer<MethodVisitor> body) throws Exception {
        assertSame(STOP, thrown(oldClass(Opcodes.V1_5, body), HandmadeTest::throwStop));
    }

    @Test
    public void aHandlerThatCoversItselfLetsAStopOut() throws Exception {
        leaves(code -> {
            Label start = new Label();
            Label handler = new Label();
            Label end = new Label();
            code.visitTryCatchBlock(start, end, handler, null);
            code.visitLabel(start);
            call(code);
            code.visitInsn(Opcodes.RETURN);
            code.visitLabel(handler);
            code.visitInsn(Opcodes.POP);
            code.visitJumpInsn(Opcodes.GOTO, start);
            code.visitLabel(end);
        });
    }

    @Test
    public void twoHandlersThatCoverEachOtherLetAStopOut() throws Exception {
        leaves(code -> {
            Label start = new Label();
            Label first = new Label();
            Label second = new Label();
            Label end = new Label();
            code.visitTryCatchBlock(start, first, first, null);
            code.visitTryCatchBlock(second, end, first, null);
            code.visitTryCatchBlock(first, second, second, "java/lang/Throwable");
            code.visitTryCatchBlock(start, end, second, null);
            code.visitLabel(start);
            call(code);
            code.visitInsn(Opcodes.RETURN);
            code.visitLabel(first);
            code.visitInsn(Opcodes.POP);
            code.visitJumpInsn(Opcodes.GOTO, start);
            code.visitLabel(second);
            code.visitInsn(Opcodes.POP);
            code.visitJumpInsn(Opcodes.GOTO, start);
            code.visitLabel(end);
        });
    }

    /** A condemned function in this code leaves it, although an error of its own hides the stop. */
    private static void leavesWhenCondemned(Consumer<MethodVisitor> body) throws Exception {
        Images images = Images.compiled("public class C { public static com.google.gson.JsonObject main(com.google.gson."
                + "JsonObject in) { for (;;) H.run(() -> { throw new IllegalStateException(); }); } }",
                "public class H { public static void run(Runnable r) { } }");
        images.with("H.class", Images.rewritten(oldClass(Opcodes.V1_5, body)));
        try (TestHost host = new TestHost(images.image(), "C")) {
            host.send(1, "{}");
            Thread.sleep(300);
            assertTrue("it ends by itself", host.thread(1).isAlive());
            host.funclet().condemn();
            host.thread(1).join(PATIENCE_MILLIS);
            assertFalse("it spins", host.thread(1).isAlive());
            host.funclet().buried();
        }
    }

    /** The monitor-exit handler fails, for it owns no monitor, and its failure goes to a handler that leads back to it. */
    @Test
    public void aFalseMonitorExitDoesNotCatchForEver() throws Exception {
        leavesWhenCondemned(code -> {
            Label start = new Label();
            Label exit = new Label();
            Label other = new Label();
            Label end = new Label();
            code.visitTryCatchBlock(start, exit, exit, null);
            code.visitTryCatchBlock(other, end, exit, null);
            code.visitTryCatchBlock(exit, other, exit, null);
            code.visitTryCatchBlock(exit, end, other, null);
            code.visitLabel(start);
            call(code);
            code.visitInsn(Opcodes.RETURN);
            code.visitLabel(exit);
            code.visitVarInsn(Opcodes.ASTORE, 1);
            code.visitVarInsn(Opcodes.ALOAD, 0);
            code.visitInsn(Opcodes.MONITOREXIT);
            code.visitVarInsn(Opcodes.ALOAD, 1);
            code.visitInsn(Opcodes.ATHROW);
            code.visitLabel(other);
            code.visitInsn(Opcodes.ATHROW);
            code.visitLabel(end);
        });
    }

    @Test
    public void aHandlerInsideOfAMonitorExitIsChecked() throws Exception {
        leavesWhenCondemned(code -> {
            Label start = new Label();
            Label exit = new Label();
            Label middle = new Label();
            Label end = new Label();
            code.visitTryCatchBlock(start, exit, middle, null);
            code.visitTryCatchBlock(middle, end, exit, null);
            code.visitLabel(start);
            call(code);
            code.visitInsn(Opcodes.RETURN);
            code.visitLabel(exit);
            code.visitInsn(Opcodes.NOP);
            code.visitLabel(middle);
            code.visitVarInsn(Opcodes.ALOAD, 0);
            code.visitInsn(Opcodes.MONITOREXIT);
            code.visitInsn(Opcodes.ATHROW);
            code.visitLabel(end);
        });
    }

    @Test
    public void subroutinesOfOldCompilersStay() throws Exception {
        for (int version : new int[] {Opcodes.V1_1, Opcodes.V1_2, Opcodes.V1_3, Opcodes.V1_4, Opcodes.V1_5}) {
            int[] calls = new int[1];
            byte[] file = oldClass(version, HandmadeTest::withSubroutine);
            assertSame(STOP, thrown(file, () -> {
                calls[0]++;
                throw STOP;
            }));
            assertEquals(1, calls[0]);
            assertEquals(null, thrown(file, () -> calls[0]++));
            assertEquals("the subroutine has run", 3, calls[0]);
        }
    }

    private static void withSubroutine(MethodVisitor code) {
        Label start = new Label();
        Label handler = new Label();
        Label last = new Label();
        code.visitTryCatchBlock(start, handler, handler, null);
        code.visitLabel(start);
        call(code);
        code.visitJumpInsn(Opcodes.JSR, last);
        code.visitInsn(Opcodes.RETURN);
        code.visitLabel(handler);
        code.visitVarInsn(Opcodes.ASTORE, 1);
        code.visitJumpInsn(Opcodes.JSR, last);
        code.visitVarInsn(Opcodes.ALOAD, 1);
        code.visitInsn(Opcodes.ATHROW);
        code.visitLabel(last);
        code.visitVarInsn(Opcodes.ASTORE, 2);
        call(code);
        code.visitVarInsn(Opcodes.RET, 2);
    }

    @Test
    public void aMethodWithoutRoomIsNamed() throws Exception {
        byte[] full = oldClass(Opcodes.V1_5, code -> {
            Label start = new Label();
            Label handler = new Label();
            code.visitTryCatchBlock(start, handler, handler, null);
            code.visitLabel(start);
            for (int i = 0; i < 65_531; i++) {
                code.visitInsn(Opcodes.NOP);
            }
            code.visitInsn(Opcodes.RETURN);
            code.visitLabel(handler);
            code.visitInsn(Opcodes.ATHROW);
        });
        try {
            Rewriter.rewrite(full);
            fail("there was room");
        } catch (RewriteFault fault) {
            assertFalse(fault.isUnreadable());
            assertEquals("the method run(Ljava/lang/Runnable;)V of class H is too large for the checks that it needs",
                    fault.getMessage());
        }
    }

    @Test
    public void arraysGiveWayWhereThereIsNoRoom() throws Exception {
        byte[] full = oldClass(Opcodes.V1_5, code -> {
            for (int i = 0; i < 65_520; i++) {
                code.visitInsn(Opcodes.NOP);
            }
            code.visitInsn(Opcodes.ICONST_1);
            code.visitInsn(Opcodes.DUP);
            code.visitInsn(Opcodes.IADD);
            for (int i = 0; i < 2; i++) {
                code.visitIntInsn(Opcodes.NEWARRAY, Opcodes.T_INT);
                code.visitInsn(Opcodes.ARRAYLENGTH);
            }
            code.visitInsn(Opcodes.POP);
            code.visitInsn(Opcodes.RETURN);
        });
        assertEquals(null, thrown(full, null));
    }

    @Test
    public void whatTheJvmRefusesIsLeftToItsWords() throws Exception {
        byte[] newer = oldClass(Opcodes.V1_5, code -> code.visitInsn(Opcodes.RETURN));
        newer[7] = 99;
        byte[] noClass = {1, 2, 3, 4, 5, 6, 7, 8, 9};
        assertSame(newer, Rewriter.rewrite(newer));
        assertSame(noClass, Rewriter.rewrite(noClass));
        assertArrayEquals(new byte[0], Rewriter.rewrite(new byte[0]));
    }

    /** Each cut and many single damages: rewritten, left, or named as unreadable; nothing else comes out. */
    @Test
    public void damageIsAFaultAndNothingElse() {
        byte[] whole = oldClass(Opcodes.V1_5, HandmadeTest::withSubroutine);
        int faults = 0;
        for (int i = 8; i < whole.length; i++) {
            faults += isFault(Arrays.copyOf(whole, i));
            for (int bit = 0; bit < 8; bit++) {
                byte[] damaged = whole.clone();
                damaged[i] ^= 1 << bit;
                faults += isFault(damaged);
            }
        }
        assertTrue(faults + " faults", faults > whole.length);
    }

    private static int isFault(byte[] classFile) {
        try {
            Rewriter.rewrite(classFile);
            return 0;
        } catch (RewriteFault fault) {
            return 1;
        }
    }
}
