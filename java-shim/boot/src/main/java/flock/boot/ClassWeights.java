package flock.boot;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the classes of one funclet weigh outside of the heap, by their class files: a class has besides its file a table of all methods,
 * those that it inherits and those of its interfaces included, so that a file of 100 bytes can take half a MiB.
 *
 * Names stand for classes, whichever loader has them: only those with many methods are kept.
 */
final class ClassWeights {
    /** So many bytes count as one class more. */
    private static final int UNIT_BYTES = 8 * 1024;
    private static final int MANY_METHODS = 512;
    private static final int TABLE_ENTRY_BYTES = 8;

    /** Methods of the classes that have many, those that they inherit included. */
    private final Map<String, Integer> wide = new ConcurrentHashMap<>();

    /** Can the next class file count for more than one class? To read its header costs time that most need not spend. */
    boolean needsHeader(int fileBytes) {
        return fileBytes >= UNIT_BYTES || !wide.isEmpty();
    }

    /** How many classes more than one this one counts for. */
    int more(int fileBytes, ClassHeader header) {
        long methods = header == null ? 0 : methods(header);
        return (int) Math.min(Integer.MAX_VALUE, (fileBytes + methods * TABLE_ENTRY_BYTES) / UNIT_BYTES);
    }

    private long methods(ClassHeader header) {
        long methods = header.methods();
        for (String parent : header.parents()) {
            methods += wide.getOrDefault(parent, 0);
        }
        if (methods >= MANY_METHODS) {
            wide.merge(header.name(), (int) Math.min(Integer.MAX_VALUE, methods), Math::max);
        }
        return methods;
    }
}
