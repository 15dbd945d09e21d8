package flock.shim.rewrite;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import flock.shim.call.CallTest;
import flock.shim.testing.Definer;
import flock.shim.testing.TestHost;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.Test;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** Strings that are put together by methods of the class are those that the JDK puts together. */
public final class ConcatsTest {
    private static final String BOOTSTRAP_TYPE = "(Ljava/lang/invoke/MethodHandles$Lookup;Ljava/lang/String;"
            + "Ljava/lang/invoke/MethodType;Ljava/lang/String;[Ljava/lang/Object;)Ljava/lang/invoke/CallSite;";

    private static byte[] classFile(int access, String recipe, String type, Object... constants) {
        ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
        writer.visit(Opcodes.V11, access, "pkg/C", null, "java/lang/Object", null);
        MethodVisitor code = writer.visitMethod(Opcodes.ACC_PUBLIC | Opcodes.ACC_STATIC, "put", type, null, null);
        code.visitCode();
        int local = 0;
        for (Type argument : Type.getArgumentTypes(type)) {
            code.visitVarInsn(argument.getOpcode(Opcodes.ILOAD), local);
            local += argument.getSize();
        }
        Object[] arguments = new Object[constants.length + 1];
        arguments[0] = recipe;
        System.arraycopy(constants, 0, arguments, 1, constants.length);
        code.visitInvokeDynamicInsn("makeConcatWithConstants", type, new Handle(Opcodes.H_INVOKESTATIC,
                "java/lang/invoke/StringConcatFactory", "makeConcatWithConstants", BOOTSTRAP_TYPE, false), arguments);
        code.visitInsn(Opcodes.ARETURN);
        code.visitMaxs(0, 0);
        code.visitEnd();
        writer.visitEnd();
        return writer.toByteArray();
    }

    private static boolean isWritten(byte[] classFile) {
        return new String(classFile, StandardCharsets.ISO_8859_1).contains(Concats.NAME);
    }

    private static Method put(byte[] classFile, Class<?>[] types) throws ReflectiveOperationException {
        return new Definer(Map.of("pkg/C.class", classFile)).verified("pkg.C").getMethod("put", types);
    }

    /** Puts it together by the class file as it is and as it is rewritten. */
    private static void same(int access, String recipe, String type, Class<?>[] types, Object... values) throws Exception {
        byte[] plain = classFile(access, recipe, type);
        byte[] rewritten = Rewriter.rewrite(plain);
        assertTrue(isWritten(rewritten));
        Object expected = put(plain, types).invoke(null, values);
        assertEquals(expected, put(rewritten, types).invoke(null, values));
    }

    @Test
    public void eachTypeIsWrittenAsTheJdkWritesIt() throws Exception {
        Class<?>[] types = {boolean.class, byte.class, char.class, short.class, int.class, long.class, float.class,
            double.class, String.class, Object.class, char[].class, CharSequence.class};
        String type = "(ZBCSIJFDLjava/lang/String;Ljava/lang/Object;[CLjava/lang/CharSequence;)Ljava/lang/String;";
        String recipe = "a\1b\1\1c\1 \1\1\u00e9\1\1\1,\1;\1\ud83d\ude00\1end";
        char[] array = {'x', 'y'};
        Object nameless = new Object() {
            @Override
            public String toString() {
                return null;
            }
        };
        same(Opcodes.ACC_PUBLIC, recipe, type, types, true, (byte) -7, 'q', (short) -300, 1 << 30, Long.MIN_VALUE, 1e-30f,
                Double.NaN, "s", nameless, array, new StringBuilder("cs"));
        same(Opcodes.ACC_PUBLIC | Opcodes.ACC_INTERFACE | Opcodes.ACC_ABSTRACT, recipe, type, types, false, (byte) 0, '\0',
                (short) 0, 0, 0L, -0.0f, 1.0, null, null, null, null);
    }

    @Test
    public void whatARecipeCannotSayIsLeftAlone() throws Exception {
        byte[] constant = classFile(Opcodes.ACC_PUBLIC, "a\1\2", "(I)Ljava/lang/String;", "c\1d");
        assertFalse(isWritten(Rewriter.rewrite(constant)));
        byte[] wrong = classFile(Opcodes.ACC_PUBLIC, "a\1\1", "(I)Ljava/lang/String;");
        assertFalse(isWritten(Rewriter.rewrite(wrong)));
    }

    @Test
    public void aFunctionThatHasTheNameItselfIsLeftAlone() {
        try (TestHost host = CallTest.host(new String[0], "in.addProperty(\"r\", flock$concat$0(in.get(\"n\").getAsInt()) + \"!\"); "
                + "return in;", "static String flock$concat$0(int n) { return \"own\" + n; }")) {
            assertEquals("0 {\"n\":3,\"r\":\"own3!\"}", host.call("{\"n\":3}").toString());
        }
    }

    @Test
    public void stringsInHandlersAndLambdasAreTheSame() {
        try (TestHost host = CallTest.host(new String[0], "java.util.function.IntFunction<String> f = i -> \"f\" + i + in.size(); "
                + "String s = null; try { s = \"x\" + in.get(\"none\").getAsInt(); } catch (NullPointerException e) { s = \"caught \" + s; } "
                + "in.addProperty(\"r\", s + ' ' + f.apply(2) + 1.5f + 'c' + true + 7L); return in;")) {
            assertEquals("0 {\"n\":3,\"r\":\"caught null f211.5ctrue7\"}", host.call("{\"n\":3}").toString());
        }
    }
}
