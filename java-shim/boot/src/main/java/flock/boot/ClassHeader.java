package flock.boot;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * What a class file says of its class before the JVM reads it: the name, the superclass and the interfaces that it names itself, but for
 * Object, which is above all, and how many methods it has. Names have slashes, as in the file.
 */
public final class ClassHeader {
    static final int POOL_AT = 8;
    private static final int FIELD_BYTES = 6;
    private static final int UTF8 = 1;
    private static final int CLASS = 7;
    private static final String OBJECT = "java/lang/Object";
    private static final int INTERFACE = 0x200;
    private static final int SHOWN_MAX_CHARS = 200;

    private final String name;
    private final List<String> parents = new ArrayList<>();
    private final int methods;
    private final boolean isInterface;

    private ClassHeader(ByteBuffer file) {
        int[] pool = pool(file);
        int at = pool[0];
        isInterface = (file.getChar(at) & INTERFACE) != 0;
        name = name(file, pool, file.getChar(at + 2));
        int parent = file.getChar(at + 4);
        String superclass = parent == 0 ? OBJECT : name(file, pool, parent);
        if (!superclass.equals(OBJECT)) {
            parents.add(superclass);
        }
        int interfaces = file.getChar(at + 6);
        at += 8;
        for (int i = 0; i < interfaces; i++, at += 2) {
            parents.add(name(file, pool, file.getChar(at)));
        }
        methods = file.getChar(methodsAt(file, pool));
    }

    /** Null where the file is malformed, for the JVM says best in which way. */
    public static ClassHeader of(ByteBuffer file) {
        try {
            return new ClassHeader(file.slice().order(ByteOrder.BIG_ENDIAN));
        } catch (IndexOutOfBoundsException malformed) {
            return null;
        }
    }

    public String name() {
        return name;
    }

    /** The name for an error: with dots, and cut if it is very long. */
    public String shownName() {
        String dotted = name.replace('/', '.');
        return dotted.length() <= SHOWN_MAX_CHARS ? dotted : dotted.substring(0, SHOWN_MAX_CHARS);
    }

    /** The superclass, unless that is Object, and the interfaces. */
    public List<String> parents() {
        return parents;
    }

    /** Those that it declares itself. */
    public int methods() {
        return methods;
    }

    public boolean isInterface() {
        return isInterface;
    }

    private static String name(ByteBuffer file, int[] pool, int index) {
        int at = pool[file.getChar(pool[index] + 1)];
        byte[] text = new byte[2 + file.getChar(at + 1)];
        file.get(at + 1, text);
        try {
            return new DataInputStream(new ByteArrayInputStream(text)).readUTF();
        } catch (IOException malformed) {
            throw new IndexOutOfBoundsException("the name of a class is malformed");
        }
    }

    /** Where texts and classes of the pool begin, and, at 0, where it ends. */
    static int[] pool(ByteBuffer file) {
        int[] pool = new int[Math.max(1, file.getChar(POOL_AT))];
        int at = POOL_AT + 2;
        for (int i = 1; i < pool.length; i++) {
            int tag = file.get(at);
            if (tag == UTF8 || tag == CLASS) {
                pool[i] = at;
            }
            if (tag == 5 || tag == 6) {
                // A long or a double takes two places.
                i++;
            }
            at += size(tag, file, at);
        }
        pool[0] = at;
        return pool;
    }

    private static int size(int tag, ByteBuffer file, int at) {
        switch (tag) {
            case UTF8:
                return 3 + file.getChar(at + 1);
            case 5:
            case 6:
                return 9;
            case CLASS:
            case 8:
            case 16:
            case 19:
            case 20:
                return 3;
            case 15:
                return 4;
            case 3:
            case 4:
            case 9:
            case 10:
            case 11:
            case 12:
            case 17:
            case 18:
                return 5;
            default:
                throw new IndexOutOfBoundsException("there is no such constant");
        }
    }

    /** Gives where the number of the methods is. */
    static int methodsAt(ByteBuffer file, int[] pool) {
        int interfaces = pool[0] + FIELD_BYTES;
        int from = interfaces + 2 + 2 * file.getChar(interfaces);
        int fields = file.getChar(from);
        int at = from + 2;
        for (int i = 0; i < fields; i++) {
            at = skipAttributes(file, at + FIELD_BYTES);
        }
        return at;
    }

    /** Gives where the attributes end whose number is here. */
    static int skipAttributes(ByteBuffer file, int from) {
        int attributes = file.getChar(from);
        int at = from + 2;
        for (int j = 0; j < attributes; j++) {
            int bytes = file.getInt(at + 2);
            if (bytes < 0) {
                throw new IndexOutOfBoundsException("an attribute is longer than the file");
            }
            at += FIELD_BYTES + bytes;
        }
        return at;
    }
}
