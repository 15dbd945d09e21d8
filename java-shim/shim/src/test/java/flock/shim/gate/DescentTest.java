package flock.shim.gate;

import static org.junit.Assert.assertEquals;

import flock.shim.testing.Images;
import flock.shim.testing.TestHost;
import org.junit.Test;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Opcodes;

/** What a function may have above a class that it defines at run time. Runs under the agent. */
public final class DescentTest {
    private static final String DEFINES = "static Class<?> def(String name) throws Throwable { return java.lang.invoke.MethodHandles.lookup()"
            + ".defineClass(C.class.getResourceAsStream(\"/\" + name).readAllBytes()); } static String failed(String name) { try { "
            + "def(name); return null; } catch (Throwable e) { return e.toString(); } }";

    private static byte[] file(String name, int methods, String... interfaces) {
        return file(Opcodes.ACC_INTERFACE, name, methods, interfaces);
    }

    private static byte[] file(int kind, String name, int methods, String... interfaces) {
        ClassWriter writer = new ClassWriter(0);
        writer.visit(Opcodes.V17, Opcodes.ACC_PUBLIC | Opcodes.ACC_ABSTRACT | kind, name, null, "java/lang/Object", interfaces);
        for (int i = 0; i < methods; i++) {
            writer.visitMethod(Opcodes.ACC_PUBLIC | Opcodes.ACC_ABSTRACT, name + i, "()V", null, null);
        }
        return writer.toByteArray();
    }

    private static TestHost host(String body, Images with) {
        Images images = Images.compiled("import com.google.gson.*; public class C { " + DEFINES
                + " public static JsonObject main(JsonObject in) throws Throwable { " + body + " return in; } }");
        return new TestHost(images.with("one", with.file("one")).with("two", with.file("two")).with("Heir.class", with.file("Heir")).image(),
                "C", new String[0]);
    }

    private static Images files(byte[] one, byte[] two) {
        return Images.of(java.util.Map.of()).with("one", one).with("two", two).with("Heir", file("Heir", 0, "Awaited"));
    }

    private static void gives(String expected, String body, byte[] one, byte[] two) {
        try (TestHost host = host(body, files(one, two))) {
            assertEquals("0 " + expected, host.call("{}").toString());
        }
    }

    /** The jar was looked at without it, so its classes may be given no more than was counted for it. */
    @Test
    public void whatTheJarAwaitsHasLittleAboveIt() {
        for (byte[] heavy : new byte[][] {file("Awaited", 129), file(0, "Awaited", 129)}) {
            gives("{\"e\":\"java.lang.LinkageError: the class Awaited, which classes of the jar extend and which is not in it, has more above "
                    + "it than one that is made at run time may have\"}", "in.addProperty(\"e\", failed(\"one\"));", heavy, new byte[0]);
        }
        gives("{\"e\":\"Heir\"}", "def(\"one\"); in.addProperty(\"e\", Class.forName(\"Heir\").getName());", file("Awaited", 128),
                new byte[0]);
        gives("{\"e\":\"Other\"}", "in.addProperty(\"e\", def(\"one\").getName());", file("Other", 129), new byte[0]);
    }

    @Test
    public void methodsOfClassesMadeBeforeCount() {
        gives("{\"e\":\"java.lang.LinkageError: the class Two has or inherits 8193 methods, more than 8192\"}",
                "def(\"one\"); in.addProperty(\"e\", failed(\"two\"));", file("One", 8191), file("Two", 2, "One"));
        gives("{\"e\":\"Two\"}", "def(\"one\"); in.addProperty(\"e\", def(\"two\").getName());", file("One", 8191), file("Two", 1, "One"));
    }

    @Test
    public void aMissingParentAndACircleAreToldAsTheJvmTellsThem() {
        gives("{\"e\":\"java.lang.NoClassDefFoundError: One\"}", "in.addProperty(\"e\", failed(\"two\"));", new byte[0],
                file("Two", 1, "One"));
        gives("{\"e\":\"java.lang.ClassCircularityError: One\"}", "byte[][] f = {C.class.getResourceAsStream(\"/one\").readAllBytes(), "
                + "C.class.getResourceAsStream(\"/two\").readAllBytes()}; try { new ClassLoader() { protected Class<?> findClass(String n) { "
                + "byte[] b = f[n.equals(\"One\") ? 0 : 1]; return defineClass(n, b, 0, b.length); } }.loadClass(\"One\"); } "
                + "catch (Throwable e) { in.addProperty(\"e\", e.toString()); }", file("One", 0, "Two"), file("Two", 0, "One"));
    }
}
