package flock.shim.loader;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import flock.boot.Ancestry;
import flock.shim.image.Image;
import flock.shim.rewrite.RewriteFault;
import flock.shim.testing.Images;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.Test;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Opcodes;

/** Which classes a jar may have, by what is above them. */
public final class JarAncestryTest {
    private final Map<String, byte[]> files = new LinkedHashMap<>();

    private static byte[] file(int kind, String name, int methods, String... interfaces) {
        ClassWriter writer = new ClassWriter(0);
        writer.visit(Opcodes.V17, Opcodes.ACC_PUBLIC | Opcodes.ACC_ABSTRACT | kind, name, null, "java/lang/Object", interfaces);
        for (int i = 0; i < methods; i++) {
            writer.visitMethod(Opcodes.ACC_PUBLIC | Opcodes.ACC_ABSTRACT, name + i, "()V", null, null);
        }
        return writer.toByteArray();
    }

    private void isInterface(String name, int methods, String... parents) {
        files.put(name + ".class", file(Opcodes.ACC_INTERFACE, name, methods, parents));
    }

    private void isClass(String name, String... parents) {
        files.put(name + ".class", file(0, name, 0, parents));
    }

    private Image image() {
        return Images.of(files).image();
    }

    private void passes() throws RewriteFault {
        JarAncestry.check(image());
    }

    private void refused(String... parts) {
        String message = assertThrows(RewriteFault.class, this::passes).getMessage();
        for (String part : parts) {
            assertTrue(message, message.contains(part));
        }
    }

    /** Two interfaces a layer, each extends both of the layer below. */
    private void layers(int count, int methods) {
        for (int i = 0; i < count; i++) {
            for (String side : new String[] {"a/A", "a/B"}) {
                if (i == 0) {
                    isInterface(side + i, methods);
                } else {
                    isInterface(side + i, 0, "a/A" + (i - 1), "a/B" + (i - 1));
                }
            }
        }
    }

    @Test(timeout = 20_000)
    public void waysTimesMethodsAreBounded() throws RewriteFault {
        layers(18, 1);
        passes();
        layers(60, 1);
        refused("the class a.", "ways to its supertypes", String.valueOf(Ancestry.WORK_MAX));
        files.clear();
        layers(12, 500);
        passes();
        layers(14, 500);
        refused("the class a.", "ways to its supertypes");
    }

    @Test
    public void methodsAreBounded() throws RewriteFault {
        isInterface("p/Most", Ancestry.METHODS_MAX);
        isInterface("p/Own", 1);
        isClass("p/C", "p/Most");
        passes();
        isClass("p/D", "p/Most", "p/Own");
        refused("the class p.D", "methods, more than " + Ancestry.METHODS_MAX);
        files.remove("p/D.class");
        isInterface("p/Many", Ancestry.METHODS_MAX + 1);
        refused("the class p.Many", (Ancestry.METHODS_MAX + 1) + " methods");
    }

    @Test
    public void supertypesAreBounded() throws RewriteFault {
        String[] all = new String[Ancestry.TYPES_MAX + 1];
        for (int i = 0; i < all.length; i++) {
            all[i] = "p/I" + i;
            isInterface(all[i], 0);
        }
        isClass("p/C", Arrays.copyOf(all, all.length - 1));
        passes();
        isClass("p/C", all);
        refused("the class p.C has more than 1024 supertypes");
    }

    @Test
    public void whatTheJarLacksCountsForWhatMayBeDefinedLater() throws RewriteFault {
        isClass("p/C", "q/Missing", "java/util/List", "com/google/gson/JsonSerializer");
        passes();
        Image image = image();
        assertTrue(JarAncestry.isSupertype(image, "q/Missing"));
        assertEquals(false, JarAncestry.isSupertype(image, "p/C"));
        String[] missing = new String[70];
        for (int i = 0; i < missing.length; i++) {
            missing[i] = "q/Missing" + i;
        }
        isClass("p/C", missing);
        refused("the class p.C");
    }

    @Test(timeout = 20_000)
    public void circlesEnd() throws RewriteFault {
        isInterface("p/A", 1, "p/B", "p/A");
        isInterface("p/B", 1, "p/A", "p/B");
        isClass("p/C", "p/A", "p/B");
        passes();
    }

    @Test
    public void versionsForThisJdkCount() throws RewriteFault {
        isInterface("p/I", 1);
        isClass("p/C", "p/I");
        String versioned = "META-INF/versions/17/p/I.class";
        files.put(versioned, file(Opcodes.ACC_INTERFACE, "p/I", Ancestry.METHODS_MAX + 1));
        files.put("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\nMulti-Release: true\n\n".getBytes());
        refused("the class p.");
        files.put(versioned, file(Opcodes.ACC_INTERFACE, "p/I", 1));
        passes();
    }

    @Test
    public void malformedFilesAreLeftToTheJvm() throws RewriteFault {
        byte[] whole = file(0, "p/C", 3, "java/util/List");
        for (int length = 0; length < whole.length; length++) {
            files.put("p/C.class", Arrays.copyOf(whole, length));
            passes();
        }
        for (int at = 8; at < whole.length; at++) {
            for (int value : new int[] {0, 0x7f, 0xff}) {
                byte[] damaged = whole.clone();
                damaged[at] = (byte) value;
                files.put("p/C.class", damaged);
                try {
                    passes();
                } catch (RewriteFault counted) {
                    assertTrue(counted.getMessage(), counted.getMessage().contains("the class"));
                }
            }
        }
    }
}
