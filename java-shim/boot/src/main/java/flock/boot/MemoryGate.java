package flock.boot;

import java.nio.ByteBuffer;

/** Hooks where the JDK takes memory outside of the heap for a function: it is counted as long as its holder lives. */
public final class MemoryGate {
    /** What zlib takes for its window and tables at the usual settings. */
    private static final long DEFLATER_BYTES = 268 * 1024;
    private static final long INFLATER_BYTES = 40 * 1024;

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

    public static void directMade(ByteBuffer buffer) {
        keep(buffer, buffer.capacity());
    }

    public static void segmentMade(Object segment, long bytes, long alignment, Object session, boolean reserves,
            boolean clears) {
        keep(segment, bytes);
    }

    public static void deflaterMade(Object deflater) {
        keep(deflater, DEFLATER_BYTES);
    }

    public static void inflaterMade(Object inflater) {
        keep(inflater, INFLATER_BYTES);
    }
}
