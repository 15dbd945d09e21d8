// Writes the class files of Bytecode: one public class with one method `public static void run()`. Version 48 needs no stack maps and knows
// jsr; invokedynamic needs 51, and its method has no branch. The constants are the same for all; see their numbers in `of`.
package hostile.bytecode;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;

final class ClassBytes {
    private static final int GOTO = 0xa7;
    private static final int POP = 0x57;
    private static final int RETURN = 0xb1;
    private static final int MONITORENTER = 0xc2;
    private static final int MONITOREXIT = 0xc3;
    private static final int LDC = 0x12;
    private static final int JSR = 0xa8;
    private static final int RET = 0xa9;
    private static final int ASTORE_0 = 0x4b;
    private static final int INVOKEDYNAMIC = 0xba;

    private ClassBytes() {}

    static byte[] of(String how) throws IOException {
        return switch (how) {
            case "nothing" -> write(48, new int[] {RETURN}, new int[0]);
            // 0: goto 0; 3: pop; 4: goto 0. What is thrown in the loop comes to 3.
            case "catch-any" -> write(48, new int[] {GOTO, 0, 0, POP, GOTO, 0xff, 0xfc}, new int[] {0, 3, 3});
            // The same, with the handler inside the range.
            case "self-covering" -> write(48, new int[] {GOTO, 0, 0, POP, GOTO, 0xff, 0xfc}, new int[] {0, 7, 3});
            // 0: goto 0; 3: pop; 4: goto 4; 7: pop; 8: goto 0. The loop at 4 is caught at 7, that at 0 and the rest at 3.
            case "two-handlers" -> write(48, new int[] {GOTO, 0, 0, POP, GOTO, 0, 0, POP, GOTO, 0xff, 0xf8},
                    new int[] {0, 3, 3, 3, 7, 7, 7, 11, 3});
            // 0: ldc "lock"; 2: monitorenter; 3: ldc "lock"; 5: monitorexit; 6: goto 0; 9: pop; 10: goto 0.
            case "monitor" -> write(48, new int[] {LDC, 7, MONITORENTER, LDC, 7, MONITOREXIT, GOTO, 0xff, 0xfa, POP, GOTO, 0xff, 0xf6},
                    new int[] {0, 9, 9});
            // 0: jsr 10; 3: goto 0; 6: pop; 7: goto 0; 10: astore_0; 11: ret 0. A finally block as a subroutine, in a loop.
            case "subroutine" -> write(48, new int[] {JSR, 0, 10, GOTO, 0xff, 0xfd, POP, GOTO, 0xff, 0xf9, ASTORE_0, RET, 0},
                    new int[] {0, 6, 6});
            case "bootstrap" -> write(51, new int[] {INVOKEDYNAMIC, 0, 16, 0, 0, RETURN}, new int[0]);
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        };
    }

    /** `handlers` are triples of start, end and handler; each catches everything. */
    private static byte[] write(int version, int[] code, int[] handlers) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        boolean isDynamic = version > 48;
        out.writeInt(0xCAFEBABE);
        out.writeInt(version);
        out.writeShort(isDynamic ? 19 : 9);
        text(out, "hostile/bytecode/Made");     // 1
        reference(out, 7, 1);                   // 2 this class
        text(out, "java/lang/Object");          // 3
        reference(out, 7, 3);                   // 4 its parent
        text(out, "run");                       // 5
        text(out, "()V");                       // 6
        reference(out, 8, 1);                   // 7 a string to lock
        text(out, "Code");                      // 8
        if (isDynamic) dynamicConstants(out);   // 9 to 18
        out.writeShort(0x21);
        out.writeShort(2);
        out.writeShort(4);
        out.writeInt(0);
        out.writeShort(1);
        method(out, code, handlers);
        out.writeShort(isDynamic ? 1 : 0);
        if (isDynamic) {
            out.writeShort(18);
            out.writeInt(6);
            out.writeShort(1);
            out.writeShort(15);
            out.writeShort(0);
        }
        return bytes.toByteArray();
    }

    private static void dynamicConstants(DataOutputStream out) throws IOException {
        text(out, "hostile/bytecode/Bytecode"); // 9
        reference(out, 7, 9);                   // 10
        text(out, "link");                      // 11
        text(out, "(Ljava/lang/invoke/MethodHandles$Lookup;Ljava/lang/String;Ljava/lang/invoke/MethodType;)Ljava/lang/invoke/CallSite;"); // 12
        pair(out, 12, 11, 12);                  // 13 name and type
        pair(out, 10, 10, 13);                  // 14 method
        out.writeByte(15);                      // 15 handle, invokestatic
        out.writeByte(6);
        out.writeShort(14);
        out.writeByte(18);                      // 16 invokedynamic, bootstrap 0, name `run`, type `()V`
        out.writeShort(0);
        out.writeShort(17);
        pair(out, 12, 5, 6);                    // 17
        text(out, "BootstrapMethods");          // 18
    }

    private static void method(DataOutputStream out, int[] code, int[] handlers) throws IOException {
        out.writeShort(9);
        out.writeShort(5);
        out.writeShort(6);
        out.writeShort(1);
        out.writeShort(8);
        out.writeInt(12 + code.length + handlers.length / 3 * 8);
        out.writeShort(2);
        out.writeShort(1);
        out.writeInt(code.length);
        for (int value : code) out.writeByte(value);
        out.writeShort(handlers.length / 3);
        for (int i = 0; i < handlers.length; i += 3) {
            out.writeShort(handlers[i]);
            out.writeShort(handlers[i + 1]);
            out.writeShort(handlers[i + 2]);
            out.writeShort(0);
        }
        out.writeShort(0);
    }

    private static void text(DataOutputStream out, String text) throws IOException {
        out.writeByte(1);
        out.writeUTF(text);
    }

    private static void reference(DataOutputStream out, int tag, int to) throws IOException {
        out.writeByte(tag);
        out.writeShort(to);
    }

    private static void pair(DataOutputStream out, int tag, int first, int second) throws IOException {
        out.writeByte(tag);
        out.writeShort(first);
        out.writeShort(second);
    }
}
