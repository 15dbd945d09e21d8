package flock.boot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the classes of one funclet weigh outside of the heap, by their class files: a class has besides its file a table of all methods,
 * those that it inherits and those of its interfaces included, so that a file of 100 bytes can take half a MiB.
 *
 * Names stand for classes, whichever loader has them: only those with very many methods are kept.
 */
final class ClassWeights {
    /** So many bytes count as one class more. */
    private static final int UNIT_BYTES = 8 * 1024;
    private static final int MANY_METHODS = 512;
    private static final int TABLE_ENTRY_BYTES = 8;
    private static final int POOL_AT = 8;
    private static final int FIELD_BYTES = 6;
    private static final int UTF8 = 1;
    private static final int CLASS = 7;

    /** Methods of the classes that have many. */
    private final Map<String, Integer> wide = new ConcurrentHashMap<>();

    /** How many classes more than one this one counts for. */
    int more(ByteBuffer given) {
        int bytes = given.remaining();
        if (bytes < UNIT_BYTES && wide.isEmpty()) {
            return 0;
        }
        long methods = 0;
        try {
            methods = methods(given.slice().order(ByteOrder.BIG_ENDIAN));
        } catch (IndexOutOfBoundsException malformed) {
            // The JVM will say so.
        }
        return (int) Math.min(Integer.MAX_VALUE, (bytes + methods * TABLE_ENTRY_BYTES) / UNIT_BYTES);
    }

    private long methods(ByteBuffer file) {
        int[] pool = new int[file.getChar(POOL_AT)];
        int at = pool(file, pool);
        String name = name(file, pool, file.getChar(at + 2));
        long methods = inherited(file, pool, file.getChar(at + 4));
        int interfaces = file.getChar(at + 6);
        at += 8;
        for (int i = 0; i < interfaces; i++, at += 2) {
            methods += inherited(file, pool, file.getChar(at));
        }
        methods += file.getChar(skipFields(file, at));
        if (methods >= MANY_METHODS) {
            wide.merge(name, (int) Math.min(Integer.MAX_VALUE, methods), Math::max);
        }
        return methods;
    }

    private int inherited(ByteBuffer file, int[] pool, int index) {
        return wide.isEmpty() || index == 0 ? 0 : wide.getOrDefault(name(file, pool, index), 0);
    }

    private static String name(ByteBuffer file, int[] pool, int index) {
        int at = pool[file.getChar(pool[index] + 1)];
        byte[] text = new byte[file.getChar(at + 1)];
        file.duplicate().position(at + 3).get(text);
        return new String(text, StandardCharsets.UTF_8);
    }

    /** Finds where texts and classes of the pool begin. Gives where it ends. */
    private static int pool(ByteBuffer file, int[] pool) {
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
        return at;
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
    private static int skipFields(ByteBuffer file, int from) {
        int fields = file.getChar(from);
        int at = from + 2;
        for (int i = 0; i < fields; i++) {
            int attributes = file.getChar(at + FIELD_BYTES);
            at += FIELD_BYTES + 2;
            for (int j = 0; j < attributes; j++) {
                at += FIELD_BYTES + file.getInt(at + 2);
            }
        }
        return at;
    }
}
