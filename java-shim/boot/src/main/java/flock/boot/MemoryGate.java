package flock.boot;

import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * Hooks where the JDK takes memory for a function: what is outside of the heap is counted as long as its holder lives, large arrays
 * are asked for.
 */
public final class MemoryGate {
    /** What zlib takes for its window and tables at the usual settings. */
    private static final long DEFLATER_BYTES = 268 * 1024;
    private static final long INFLATER_BYTES = 40 * 1024;
    /** A stack of this size is what a thread has that asks for none. */
    private static final long USUAL_STACK_BYTES = 1 << 20;
    /**
     * What a mapped part of a file counts for at least: a process may have some 65,000 parts, and the JVM ends the process when it
     * needs one for itself and gets none.
     */
    private static final long MAPPING_MIN_BYTES = 256 * 1024;

    /** So many arrays, and this many bytes of the head of each, the JDK may make in one call, which nothing can stop. */
    private static final int ARRAYS_MAX = 4096;
    private static final int HEAD_BYTES = 16;

    /** For what a renderer of shapes has outside of the heap now: the object that it is counted with. */
    private static final Map<Object, Object> ROOMS = Collections.synchronizedMap(new WeakHashMap<>());

    private MemoryGate() {}

    private static void keep(Object holder, long bytes) {
        Face face = Gate.caller();
        if (face != null) {
            face.budget().keep(holder, bytes);
        }
    }

    /** May so much be taken at once? */
    public static void direct(int capacity) {
        ask(capacity);
    }

    public static void segment(long bytes, long alignment, Object session, boolean reserves, boolean clears) {
        ask(bytes);
    }

    private static void ask(long bytes) {
        if (bytes > Guard.ASK_FROM_BYTES) {
            Guard.ask(bytes);
        }
    }

    /** Array.newInstance. */
    public static void array(Class<?> type, int length) {
        if (type == null) {
            return;
        }
        if (type.isArray()) {
            ArrayTypes.made(type, 1);
        }
        if (length > Guard.ASK_FROM_BYTES / Long.BYTES) {
            ask((long) length * elementBytes(type));
        }
    }

    /** The lengths of Array.newInstance, which nobody changes once they were looked at. */
    public static int[] lengths(Class<?> type, int[] lengths) {
        return lengths == null || Gate.caller() == null ? lengths : lengths.clone();
    }

    /** Arrays of arrays: asked for as a whole, and made one by one if they are many. */
    public static Object arrays(Class<?> type, int[] lengths) {
        if (type == null || type == void.class || lengths == null || lengths.length == 0 || Gate.caller() == null) {
            return Gate.PASS;
        }
        ArrayTypes.made(type, lengths.length);
        double bytes = 0;
        double arrays = 1;
        double all = 0;
        for (int i = 0; i < lengths.length; i++) {
            if (lengths[i] < 0) {
                return Gate.PASS;
            }
            all += arrays;
            bytes += arrays * (HEAD_BYTES + (double) lengths[i] * (i + 1 < lengths.length ? Integer.BYTES : elementBytes(type)));
            arrays *= lengths[i];
        }
        ask((long) bytes);
        if (all <= ARRAYS_MAX) {
            return Gate.PASS;
        }
        Class<?>[] types = new Class<?>[lengths.length];
        types[lengths.length - 1] = type;
        for (int i = lengths.length - 1; i > 0; i--) {
            types[i - 1] = Array.newInstance(types[i], 0).getClass();
        }
        return filled(types, lengths, 0);
    }

    private static Object filled(Class<?>[] types, int[] lengths, int level) {
        Object array = Array.newInstance(types[level], lengths[level]);
        if (level + 1 < lengths.length) {
            Object[] rows = (Object[]) array;
            for (int i = 0; i < rows.length; i++) {
                rows[i] = filled(types, lengths, level + 1);
            }
        }
        return array;
    }

    private static int elementBytes(Class<?> type) {
        if (type == long.class || type == double.class) {
            return Long.BYTES;
        }
        if (type == byte.class || type == boolean.class) {
            return Byte.BYTES;
        }
        return type == short.class || type == char.class ? Short.BYTES : Integer.BYTES;
    }

    public static void directMade(ByteBuffer buffer) {
        keep(buffer, buffer.capacity());
    }

    /** A session in the place of that which nothing closes. */
    public static Object session(long bytes, long alignment, Object session, boolean reserves, boolean clears) {
        Face face = Gate.caller();
        return face == null ? session : face.budget().arenas().replaced(session);
    }

    public static void segmentMade(Object segment, long bytes, long alignment, Object session, boolean reserves,
            boolean clears) {
        keepUntilClosed(session, bytes);
    }

    /** A part of a file was mapped until an arena is closed; what it counts for is counted as of any other mapping. */
    public static void mappedInArena(Object segment, Object channel, FileChannel.MapMode mode, long offset, long bytes, Object arena) {
        keepUntilClosed(Arenas.ofArena(arena), 0);
    }

    private static void keepUntilClosed(Object session, long bytes) {
        Face face = Gate.caller();
        if (face != null) {
            Object holder = face.budget().arenas().holder(session);
            if (bytes > 0) {
                face.budget().keep(holder, bytes);
            }
        }
    }

    public static void deflaterMade(Object deflater) {
        keep(deflater, DEFLATER_BYTES);
    }

    public static void inflaterMade(Object inflater) {
        keep(inflater, INFLATER_BYTES);
    }

    /** The JDK keeps the arrays of a renderer for whoever draws next, small again, so each size is counted by itself. */
    public static void resizes(Object array, long bytes) {
        if (bytes <= Guard.ASK_FROM_BYTES) {
            ROOMS.remove(array);
            return;
        }
        ask(bytes);
        Object room = new Object();
        keep(room, bytes);
        ROOMS.put(array, room);
    }

    /**
     * The size of the stack to take in the place of this one: a function's thread has none that is larger than usual. A thread that is
     * stopped far down a stack of many MiB takes seconds to leave it.
     */
    public static long stack(ThreadGroup group, Runnable work, String name, long stackBytes) {
        return stackBytes > USUAL_STACK_BYTES && Gate.caller() != null ? USUAL_STACK_BYTES : stackBytes;
    }

    public static long stack(ThreadGroup group, Runnable work, String name, long stackBytes, boolean inherits) {
        return stack(group, work, name, stackBytes);
    }

    /** The same for what a builder is told. */
    public static Object builderStack(Object builder, long stackBytes) {
        return stackBytes > USUAL_STACK_BYTES && Gate.caller() != null ? builder : Gate.PASS;
    }

    /**
     * A part of a file is to be mapped. It counts as memory of its size: what is written there need not be on the disk, what is cut
     * off is memory from then on, and the JDK goes over it in one piece that cannot be stopped.
     */
    public static void maps(Object channel, FileChannel.MapMode mode, long offset, long bytes, int protection, boolean isSync) {
        ask(bytes);
    }

    /** Nothing is mapped of an empty part. */
    public static void mapped(Object mapping, Object channel, FileChannel.MapMode mode, long offset, long bytes, int protection,
            boolean isSync) {
        if (mapping != null) {
            keep(mapping, Math.max(bytes, MAPPING_MIN_BYTES));
        }
    }
}
