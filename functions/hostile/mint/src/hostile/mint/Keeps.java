// Maps of the JDK whose keys a caller chooses: each gets about 100 MiB of long ones.
package hostile.mint;

import java.awt.RenderingHints;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.util.Locale;
import javax.accessibility.AccessibleBundle;
import javax.accessibility.AccessibleRole;

final class Keeps {
    private static final int LETTERS = 50_000;
    private static final int ROUNDS = 2_000;

    private Keeps() {}

    /** Longer than what the JVM looks for as a class, and new each time. */
    private static String name(int letters) {
        return "n" + System.nanoTime() + "x".repeat(letters);
    }

    static void loggers() {
        for (int i = 0; i < ROUNDS; i++) {
            System.getLogger(name(LETTERS)).isLoggable(System.Logger.Level.INFO);
        }
    }

    static void roles() {
        for (int i = 0; i < ROUNDS; i++) {
            AccessibleRole.PUSH_BUTTON.toDisplayString(new Locale("en", "US", name(LETTERS)));
        }
    }

    private static final class Bundle extends AccessibleBundle {
        void look(String name) {
            key = "key";
            toDisplayString(name, Locale.ROOT);
        }
    }

    static void bundles() {
        Bundle bundle = new Bundle();
        for (int i = 0; i < ROUNDS / 4; i++) {
            bundle.look(name(LETTERS));
        }
    }

    /** Each key is remembered by the name of its class, which is long. */
    static void hints() throws Exception {
        byte[] file = classFile(name(LETTERS));
        Class<?> type = new ClassLoader(Keeps.class.getClassLoader()) {
            Class<?> define() {
                return defineClass(null, file, 0, file.length);
            }
        }.define();
        Constructor<?> constructor = type.getConstructor(int.class);
        for (int i = 0; i < ROUNDS; i++) {
            constructor.newInstance(i);
        }
    }

    /** public class NAME extends RenderingHints.Key, with its constructor; it is never asked whether a value fits. */
    private static byte[] classFile(String name) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(0xCAFEBABE);
        out.writeInt(52);
        out.writeShort(10);
        String[] texts = {name, null, RenderingHints.Key.class.getName().replace('.', '/'), null, "<init>", "(I)V", "Code"};
        for (int i = 0; i < texts.length; i++) {
            if (texts[i] == null) {
                out.writeByte(7);
                out.writeShort(i);
            } else {
                out.writeByte(1);
                out.writeUTF(texts[i]);
            }
        }
        out.writeByte(12);
        out.writeInt(5 << 16 | 6);
        out.writeByte(10);
        out.writeInt(4 << 16 | 8);
        for (int each : new int[] {0x21, 2, 4, 0, 0, 1, 1, 5, 6, 1, 7}) {
            out.writeShort(each);
        }
        byte[] code = {0x2a, 0x1b, (byte) 0xb7, 0, 9, (byte) 0xb1};
        out.writeInt(12 + code.length);
        out.writeInt(2 << 16 | 2);
        out.writeInt(code.length);
        out.write(code);
        out.writeInt(0);
        out.writeShort(0);
        return bytes.toByteArray();
    }
}
