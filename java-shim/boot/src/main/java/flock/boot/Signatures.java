package flock.boot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The kinds of arguments that the methods of a class file take. For each sequence of them the JVM makes code that leads from interpreted
 * to compiled methods and back, 2 to 5 KiB, which it keeps until it ends, whatever becomes of the class. A reference is passed as a long
 * is, and as an int all that is shorter; what a method gives makes no difference. Abstract methods count as well: the JDK may make the
 * class that implements them.
 */
final class Signatures {
    private static final int ATTRIBUTES_AT = 6;
    private static final int STATIC = 8;

    private Signatures() {}

    /** Throws where the class would have the JVM make more than its namespace may: of that, and of classes of arrays. */
    static void ask(Face face, ByteBuffer classFile) {
        try {
            askEach(face, classFile.slice().order(ByteOrder.BIG_ENDIAN));
        } catch (IndexOutOfBoundsException malformed) {
            // The JVM says best in which way.
        }
    }

    private static void askEach(Face face, ByteBuffer file) {
        int[] pool = ClassHeader.pool(file);
        ArrayTypes.inFile(face, file, ClassHeader.POOL_AT + 2, pool[0]);
        int at = ClassHeader.methodsAt(file, pool);
        int methods = file.getChar(at);
        at += 2;
        for (int i = 0; i < methods; i++) {
            boolean isStatic = (file.getChar(at) & STATIC) != 0;
            String key = key(file, pool[file.getChar(at + 4)], isStatic);
            if (key != null) {
                HandleGate.asksForMethod(face, key);
            }
            at = ClassHeader.skipAttributes(file, at + ATTRIBUTES_AT);
        }
    }

    /** One letter an argument, the object of the method included; null for what is one of a few. */
    private static String key(ByteBuffer file, int at, boolean isStatic) {
        int end = at + 3 + file.getChar(at + 1);
        int count = 0;
        boolean isMixed = false;
        char[] letters = new char[end - at];
        if (!isStatic) {
            letters[count++] = 'J';
        }
        for (int i = at + 4; i < end && file.get(i) != ')'; i++) {
            char letter = (char) file.get(i);
            if (letter == '[' || letter == 'L') {
                while (file.get(i) == '[') {
                    i++;
                }
                if (file.get(i) == 'L') {
                    while (file.get(i) != ';') {
                        i++;
                    }
                }
                letter = 'J';
            }
            isMixed |= letter != 'J';
            letters[count++] = letter == 'J' || letter == 'F' || letter == 'D' ? letter : 'I';
        }
        return isMixed && count > HandleGate.FREE_ARGUMENTS ? new String(letters, 0, count) : null;
    }
}
