// Classes whose methods take ever new kinds of arguments: for each the JVM makes code that it keeps.
package hostile.mint;

import com.google.gson.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Random;

final class Methods {
    private static final int METHODS = 1000;
    private static final int ARGUMENTS = 40;

    private Methods() {}

    static void all(JsonObject result, long seed, int rounds) throws Exception {
        Random random = new Random(seed);
        int made = 0;
        try {
            for (; made < rounds; made++) {
                byte[] file = classFile("kinds/C" + made, random);
                Class<?> type = new ClassLoader(Methods.class.getClassLoader()) {
                    Class<?> define() {
                        return defineClass(null, file, 0, file.length);
                    }
                }.define();
                Class.forName(type.getName(), true, type.getClassLoader());
            }
        } catch (LinkageError refused) {
            result.addProperty("refused", refused.toString());
        }
        result.addProperty("made", made);
    }

    private static byte[] classFile(String name, Random random) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(0xCAFEBABE);
        out.writeInt(49);
        out.writeShort(7 + METHODS);
        String[] texts = {name, null, "java/lang/Object", null, "m", "Code"};
        for (int i = 0; i < texts.length; i++) {
            if (texts[i] == null) {
                out.writeByte(7);
                out.writeShort(i);
            } else {
                out.writeByte(1);
                out.writeUTF(texts[i]);
            }
        }
        for (int i = 0; i < METHODS; i++) {
            StringBuilder descriptor = new StringBuilder("(");
            for (int j = 0; j < ARGUMENTS; j++) descriptor.append("IJFD".charAt(random.nextInt(4)));
            out.writeByte(1);
            out.writeUTF(descriptor.append(")V").toString());
        }
        for (int each : new int[] {0x21, 2, 4, 0, 0, METHODS}) out.writeShort(each);
        for (int i = 0; i < METHODS; i++) {
            for (int each : new int[] {9, 5, 7 + i, 1, 6}) out.writeShort(each);
            out.writeInt(13);
            out.writeInt(2 * ARGUMENTS);
            out.writeInt(1);
            out.writeByte(0xb1);
            out.writeInt(0);
        }
        out.writeShort(0);
        return bytes.toByteArray();
    }
}
