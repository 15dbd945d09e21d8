package flock.shim.gate;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.InputStream;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.Test;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** Each row finds its method in the running JDK, and its hook. (The agent of this JVM would not have started else.) */
public final class TableTest {
    @Test
    public void everyRowFindsItsMethod() throws Exception {
        List<Row> rows = Table.rows();
        Weaver weaver = new Weaver(rows);
        Set<String> types = new HashSet<>();
        for (Row row : rows) {
            if (types.add(row.type)) {
                assertTrue(row.type, weaver.weave(bytesOf(row.type)).length > 0);
            }
        }
        for (Row row : rows) {
            assertTrue(row.toString(), weaver.applied().contains(row));
        }
        assertEquals(new HashSet<>(rows), weaver.applied());
    }

    private static byte[] bytesOf(String type) throws Exception {
        Class<?> loaded = Class.forName(type, false, ClassLoader.getPlatformClassLoader());
        try (InputStream in = loaded.getModule().getResourceAsStream("/" + type.replace('.', '/') + ".class")) {
            return in.readAllBytes();
        }
    }

    /** The call that is put in names a hook that exists: the JVM would find out only when the method is called. */
    @Test
    public void everyHookIsThere() throws Exception {
        List<Row> rows = Table.rows();
        Weaver weaver = new Weaver(rows);
        Set<String> types = new HashSet<>();
        Set<String> called = new HashSet<>();
        for (Row row : rows) {
            if (types.add(row.type)) {
                new ClassReader(weaver.weave(bytesOf(row.type))).accept(new Calls(called), 0);
            }
        }
        for (String call : called) {
            String[] parts = call.split(" ");
            boolean isThere = false;
            for (java.lang.reflect.Method method : Class.forName(parts[0].replace('/', '.')).getMethods()) {
                isThere |= method.getName().equals(parts[1]) && Type.getMethodDescriptor(method).equals(parts[2]);
            }
            assertTrue("no hook " + call, isThere);
        }
        for (Row row : rows) {
            boolean isCalled = false;
            for (String call : called) {
                isCalled |= call.startsWith(row.hookClass + " " + row.hook + " ");
            }
            assertTrue(row + " asks " + row.hookClass + "." + row.hook, isCalled || !row.kind.hasHook());
        }
    }

    /** Notes the calls of flock.boot in a class. */
    private static final class Calls extends ClassVisitor {
        private final Set<String> called;

        Calls(Set<String> called) {
            super(Opcodes.ASM9);
            this.called = called;
        }

        @Override
        public MethodVisitor visitMethod(int access, String name, String descriptor, String signature,
                String[] exceptions) {
            return new MethodVisitor(Opcodes.ASM9) {
                @Override
                public void visitMethodInsn(int opcode, String owner, String hook, String hookDescriptor, boolean isInterface) {
                    if (owner.startsWith("flock/boot/")) {
                        called.add(owner + " " + hook + " " + hookDescriptor);
                    }
                }
            };
        }
    }
}
