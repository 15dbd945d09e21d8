package flock.shim.convention;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import flock.shim.testing.Images;
import flock.shim.testing.TestHost;
import flock.shim.testing.TestHost.Answer;
import org.junit.Test;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** The ways a main may look, and each way it may be wrong, over a real lane. */
public final class OpenWhiskTest {
    private static final String IMPORTS = "import com.google.gson.*; ";
    private static final String ECHO = "public static JsonObject main(JsonObject in) { return in; } ";
    private static final String PREFIX = "An error has occurred during initialization (see logs for details): ";
    private static final String EXPECTED =
            "; expected: public static com.google.gson.JsonObject main(com.google.gson.JsonObject)";

    private static void answers(String main, String payload, int status, String expected, String... sources) {
        try (TestHost host = new TestHost(Images.compiled(sources).image(), main)) {
            Answer answer = host.call(payload);
            assertEquals(answer.text, status, answer.status);
            assertEquals(expected, answer.text);
            assertTrue(answer.initMicros >= 0);
            assertEquals(-1, host.call(payload).initMicros);
        }
    }

    /** Every lane gets the same text, at the first call and later. */
    private static String initFails(Images images, String main) {
        try (TestHost host = new TestHost(images.image(), main)) {
            Answer first = host.call("{}");
            assertEquals(first.text, 4, first.status);
            assertTrue(first.text, first.text.startsWith(PREFIX));
            assertEquals(first.toString(), host.call("{}").toString());
            assertEquals(first.toString(), host.call(2, "{}").toString());
            assertFalse("nothing in the log", host.log().isEmpty());
            return first.text.substring(PREFIX.length());
        }
    }

    private static String initFails(String main, String... sources) {
        return initFails(Images.compiled(sources), main);
    }

    @Test
    public void allWaysToNameAMain() {
        String body = IMPORTS + "public class C { " + ECHO
                + "public static JsonObject other(JsonObject in) { in.addProperty(\"by\", \"other\"); return in; } }";
        answers("C", "{\"a\":1}", 0, "{\"a\":1}", body);
        answers("p.q.C", "{\"a\":1}", 0, "{\"a\":1}", "package p.q; " + body);
        answers("p.q.C#", "{}", 0, "{}", "package p.q; " + body);
        answers("p.q.C#main", "{}", 0, "{}", "package p.q; " + body);
        answers("p.q.C#other", "{}", 0, "{\"by\":\"other\"}", "package p.q; " + body);
    }

    @Test
    public void allShapesOfAMain() {
        answers("C", "{}", 0, "{}", IMPORTS + "class C { " + ECHO + "}");
        answers("D", "{}", 0, "{}", IMPORTS + "class C { " + ECHO + "}", "public class D extends C {}");
        answers("D", "{}", 0, "{}", IMPORTS + "public class C { " + ECHO + "}", "class D extends C {}");
        answers("C$In", "{}", 0, "{}", IMPORTS + "class C { private static class In { " + ECHO + "} }");
        answers("C", "[1,2]", 2, "[1,2]",
                IMPORTS + "public class C { public static JsonArray main(JsonArray in) { return in; } }");
        answers("C", "{\"a\":1}", 2, "[{\"a\":1}]", IMPORTS + "public class C { public static JsonArray main("
                + "JsonObject in) { JsonArray a = new JsonArray(); a.add(in); return a; } }");
        answers("C", "[1]", 0, "{\"n\":1}", IMPORTS + "public class C { public static JsonObject main("
                + "JsonArray in) { JsonObject o = new JsonObject(); o.add(\"n\", in.get(0)); return o; } }");
        String both = IMPORTS + "public class C { " + ECHO + "public static JsonArray main(JsonArray in) { return in; } }";
        answers("C", "[3]", 2, "[3]", both);
        answers("C", "{}", 0, "{}", both);
        answers("I", "{}", 0, "{}", IMPORTS + "interface I { static JsonObject main(JsonObject in) { return in; } }");
        answers("C", "{}", 1, "{\"error\":null}", IMPORTS + "public class C { public static JsonObject main("
                + "JsonObject in) { in.add(\"error\", null); return in; } }");
    }

    @Test
    public void otherKindOfPayload() {
        try (TestHost host = new TestHost(Images.compiled(IMPORTS + "public class C { " + ECHO + "}").image(), "C")) {
            Answer answer = host.call("[1]");
            assertEquals(3, answer.status);
            assertTrue(answer.text, answer.text.contains("payload is a JsonArray, and there is only C.main(JsonObject)"));
            assertEquals(0, host.call("{}").status);
        }
        try (TestHost host = new TestHost(Images.compiled(IMPORTS
                + "public class C { public static JsonArray main(JsonArray in) { return in; } }").image(), "C")) {
            Answer answer = host.call("{}");
            assertEquals(3, answer.status);
            assertTrue(answer.text, answer.text.contains("payload is a JsonObject, and there is only C.main(JsonArray)"));
        }
    }

    @Test
    public void classNotFound() {
        String source = "class Hello { }";
        String packaged = "package p.q; public class Hello { }";
        assertEquals("java.lang.ClassNotFoundException: p.q.Helo: the jar has no such class; did you mean p.q.Hello?",
                initFails("p.q.Helo", packaged));
        assertEquals("java.lang.ClassNotFoundException: Hello: the jar has no such class; did you mean p.q.Hello?",
                initFails("Hello", packaged));
        assertEquals("java.lang.ClassNotFoundException: p/q/Hello: the jar has no such class; did you mean p.q.Hello?",
                initFails("p/q/Hello", packaged));
        assertEquals("java.lang.ClassNotFoundException: x.Wrong: the jar has no such class; it has Hello",
                initFails("x.Wrong", source));
        assertTrue(initFails("", packaged).contains("names no class; expected pkg.Class or pkg.Class#method"));
        assertTrue(initFails("#main", packaged).contains("names no class"));
        assertTrue(initFails("flock.shim.Shim", packaged).startsWith("java.lang.ClassNotFoundException"));
    }

    @Test
    public void noSuchMethod() {
        assertEquals("java.lang.NoSuchMethodException: C has no method main" + EXPECTED,
                initFails("C", "class C { }"));
        assertEquals("java.lang.NoSuchMethodException: C has no method main (set main to C#run?)" + EXPECTED,
                initFails("C", IMPORTS + "class C { public static JsonObject run(JsonObject in) { return in; } }"));
        assertTrue(initFails("java.lang.String", "class C { }").startsWith(
                "java.lang.NoSuchMethodException: java.lang.String has no method main"));
    }

    @Test
    public void wrongMethod() {
        String start = "java.lang.NoSuchMethodException: C.main ";
        assertEquals(start + "is not static" + EXPECTED,
                initFails("C", IMPORTS + "public class C { public JsonObject main(JsonObject in) { return in; } }"));
        assertEquals(start + "is not public" + EXPECTED,
                initFails("C", IMPORTS + "public class C { static JsonObject main(JsonObject in) { return in; } }"));
        assertEquals(start + "takes (java.lang.String[])" + EXPECTED,
                initFails("C", "public class C { public static void main(String[] in) { } }"));
        assertEquals(start + "takes ()" + EXPECTED,
                initFails("C", IMPORTS + "public class C { public static JsonObject main() { return null; } }"));
        assertEquals(start + "takes (com.google.gson.JsonElement)" + EXPECTED, initFails("C", IMPORTS
                + "public class C { public static JsonObject main(JsonElement in) { return null; } }"));
        assertEquals(start + "returns java.lang.String" + EXPECTED,
                initFails("C", IMPORTS + "public class C { public static String main(JsonObject in) { return \"\"; } }"));
        assertEquals(start + "returns com.google.gson.JsonElement" + EXPECTED, initFails("C", IMPORTS
                + "public class C { public static JsonElement main(JsonObject in) { return in; } }"));
        assertEquals(start + "is not public" + EXPECTED, initFails("C", IMPORTS + "public class C { "
                + "public static void main(String[] in) { } static JsonObject main(JsonObject in) { return in; } }"));
    }

    @Test
    public void initialiserThrows() {
        assertEquals("java.lang.ExceptionInInitializerError: the static initializer of C threw "
                + "java.lang.IllegalStateException: b\u00fcm", initFails("C", IMPORTS + "public class C { static { "
                + "if (true) throw new IllegalStateException(\"b\u00fcm\"); } " + ECHO + "}"));
        assertEquals("java.lang.ExceptionInInitializerError: the static initializer of D threw "
                + "java.lang.ArithmeticException: / by zero", initFails("C", IMPORTS
                + "public class C { static int x = D.y; " + ECHO + "}", "class D { static int y = 1 / (D.class.getName().length() - 1); }"));
        assertEquals("java.lang.AssertionError: own error", initFails("C", IMPORTS + "public class C { static { "
                + "if (true) throw new AssertionError(\"own error\"); } " + ECHO + "}"));
        assertEquals("java.lang.StackOverflowError", initFails("C", IMPORTS + "public class C { static int n = f(0); "
                + "static int f(int i) { return f(i + 1) + 1; } " + ECHO + "}"));
        assertEquals("java.lang.ExceptionInInitializerError: the static initializer of C threw C$Mute",
                initFails("C", IMPORTS + "public class C { static class Mute extends RuntimeException { public String "
                + "toString() { throw this; } } static { if (true) throw new Mute(); } " + ECHO + "}"));
    }

    @Test
    public void missingClass() {
        String main = IMPORTS + "public class C extends lib.Base { " + ECHO + "}";
        Images images = Images.compiled(main, "package lib; public class Base { }").without("lib/Base.class");
        assertEquals("java.lang.NoClassDefFoundError: lib/Base: the jar has no such class, and another class of it "
                + "needs it", initFails(images, "C"));
        String signature = IMPORTS + "class C { public static lib.Base helper() { return null; } " + ECHO + "}";
        images = Images.compiled(signature, "package lib; public class Base { }").without("lib/Base.class");
        assertTrue(initFails(images, "C").startsWith("java.lang.NoClassDefFoundError: lib/Base: a method of C names"));
        Images renamed = Images.compiled("package p; public class C { }");
        renamed.with("q/C.class", renamed.file("p/C.class"));
        assertTrue(initFails(renamed, "q.C").startsWith("java.lang.NoClassDefFoundError: "));
    }

    @Test
    public void aMissingClassInAnotherSignatureDoesNotMatterToAPublicClass() {
        String main = IMPORTS + "public class C { public static lib.Base helper() { return null; } " + ECHO + "}";
        Images images = Images.compiled(main, "package lib; public class Base { }").without("lib/Base.class");
        try (TestHost host = new TestHost(images.image(), "C")) {
            assertEquals("0 {}", host.call("{}").toString());
        }
    }

    @Test
    public void newerJava() {
        Images images = Images.compiled(IMPORTS + "public class C { " + ECHO + "}");
        byte[] bytes = images.file("C.class").clone();
        bytes[7] = 99;
        int here = Runtime.version().feature();
        assertEquals("java.lang.UnsupportedClassVersionError: C needs Java 55 (class file version 99), this host runs "
                + "Java " + here + "; compile it with --release " + here + " or lower",
                initFails(images.with("C.class", bytes), "C"));
    }

    @Test
    public void damagedClass() {
        Images images = Images.compiled(IMPORTS + "public class C { " + ECHO + "}");
        byte[] bytes = images.file("C.class");
        String cut = initFails(images.with("C.class", java.util.Arrays.copyOf(bytes, bytes.length / 2)), "C");
        assertTrue(cut, cut.startsWith("java.lang.ClassFormatError: "));
        assertTrue(initFails(images.with("C.class", "no class"), "C").startsWith("java.lang.ClassFormatError: "));
        String invalid = initFails(images.with("C.class", unverifiable()), "C");
        assertTrue(invalid, invalid.startsWith("java.lang.VerifyError: the bytecode of a class is not valid: "));
        assertFalse(invalid, invalid.contains("\n"));
    }

    /** A class whose main gives an int where an object is due. */
    private static byte[] unverifiable() {
        ClassWriter writer = new ClassWriter(0);
        writer.visit(Opcodes.V17, Opcodes.ACC_PUBLIC | Opcodes.ACC_SUPER, "C", null, "java/lang/Object", null);
        MethodVisitor main = writer.visitMethod(Opcodes.ACC_PUBLIC | Opcodes.ACC_STATIC, "main",
                "(Lcom/google/gson/JsonObject;)Lcom/google/gson/JsonObject;", null, null);
        main.visitCode();
        main.visitInsn(Opcodes.ICONST_0);
        main.visitInsn(Opcodes.ARETURN);
        main.visitMaxs(1, 1);
        main.visitEnd();
        writer.visitEnd();
        return writer.toByteArray();
    }
}
