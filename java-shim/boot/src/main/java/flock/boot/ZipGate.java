package flock.boot;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * Hooks of the JDK's compressor: what it does in one native call is done in pieces. A thread cannot be stopped within such a
 * call, and before JDK 22 nothing can be collected for anybody while one holds an array; 4 MiB that are hard on it took 1.2 s.
 *
 * The result is the same, so nobody is asked who he is. The lock of the stream is held over all pieces, as the JDK holds it over
 * the one call; whoever holds it at the entry comes from here. A stop may come in between: it leaves a limit that is too low
 * behind at worst, of a stream that is the function's own.
 */
public final class ZipGate {
    /** 20 ms at the highest level, of the same input. */
    private static final int PIECE_BYTES = 64 << 10;
    private static final MethodHandle DEFLATE;
    private static final MethodHandle DEFLATE_TO_BUFFER;
    private static final MethodHandle INFLATE;
    private static final MethodHandle INFLATE_TO_BUFFER;
    private static final VarHandle DEFLATER_LOCK;
    private static final VarHandle INFLATER_LOCK;
    private static final VarHandle INPUT;
    private static final VarHandle POSITION;
    private static final VarHandle LIMIT;
    private static final VarHandle FINISH;

    static {
        try {
            MethodHandles.Lookup deflater = MethodHandles.privateLookupIn(Deflater.class, MethodHandles.lookup());
            MethodHandles.Lookup inflater = MethodHandles.privateLookupIn(Inflater.class, MethodHandles.lookup());
            // Special: a class below may have methods of its own with these names.
            DEFLATE = deflater.findSpecial(Deflater.class, "deflate",
                    MethodType.methodType(int.class, byte[].class, int.class, int.class, int.class), Deflater.class);
            DEFLATE_TO_BUFFER = deflater.findSpecial(Deflater.class, "deflate",
                    MethodType.methodType(int.class, ByteBuffer.class, int.class), Deflater.class);
            INFLATE = inflater.findSpecial(Inflater.class, "inflate",
                    MethodType.methodType(int.class, byte[].class, int.class, int.class), Inflater.class);
            INFLATE_TO_BUFFER = inflater.findSpecial(Inflater.class, "inflate",
                    MethodType.methodType(int.class, ByteBuffer.class), Inflater.class);
            DEFLATER_LOCK = deflater.findVarHandle(Deflater.class, "zsRef", Class.forName("java.util.zip.Deflater$DeflaterZStreamRef"));
            INFLATER_LOCK = inflater.findVarHandle(Inflater.class, "zsRef", Class.forName("java.util.zip.Inflater$InflaterZStreamRef"));
            INPUT = deflater.findVarHandle(Deflater.class, "input", ByteBuffer.class);
            POSITION = deflater.findVarHandle(Deflater.class, "inputPos", int.class);
            LIMIT = deflater.findVarHandle(Deflater.class, "inputLim", int.class);
            FINISH = deflater.findVarHandle(Deflater.class, "finish", boolean.class);
            link();
        } catch (Throwable unknown) {
            throw new ExceptionInInitializerError(unknown);
        }
    }

    private ZipGate() {}

    /** Everything here has run once before a class file is read through it. */
    private static void link() throws Throwable {
        byte[] plain = new byte[PIECE_BYTES * 2];
        byte[] packed = new byte[PIECE_BYTES];
        for (boolean isBuffer : new boolean[] {false, true}) {
            Deflater deflater = new Deflater();
            Inflater inflater = new Inflater();
            if (isBuffer) {
                deflater.setInput(ByteBuffer.wrap(plain));
            } else {
                deflater.setInput(plain);
            }
            deflater.finish();
            int count = isBuffer ? (Integer) deflates(deflater, ByteBuffer.wrap(packed), Deflater.NO_FLUSH)
                    : (Integer) deflates(deflater, packed, 0, packed.length, Deflater.NO_FLUSH);
            inflater.setInput(packed, 0, count);
            byte[] again = new byte[plain.length];
            Object got = isBuffer ? inflates(inflater, ByteBuffer.wrap(again)) : inflates(inflater, again, 0, again.length);
            if (!got.equals(plain.length) || !Arrays.equals(again, plain)) {
                throw new IllegalStateException("the JDK's compressor cannot be used in pieces");
            }
            deflater.end();
            inflater.end();
        }
    }

    /** Deflater.deflate into an array. */
    public static Object deflates(Object of, byte[] to, int offset, int length, int flush) throws Throwable {
        boolean isRight = to != null && offset >= 0 && length >= 0 && offset <= to.length - length;
        return isRight ? inPieces((Deflater) of, to, offset, length, null, flush) : Gate.PASS;
    }

    /** The same into a buffer. */
    public static Object deflates(Object of, ByteBuffer to, int flush) throws Throwable {
        boolean isRight = to != null && !to.isReadOnly();
        return isRight ? inPieces((Deflater) of, null, 0, to.remaining(), to, flush) : Gate.PASS;
    }

    /** Into the array, or the buffer if there is one. */
    private static Object inPieces(Deflater deflater, byte[] to, int offset, int length, ByteBuffer buffer, int flush)
            throws Throwable {
        Object lock = DEFLATER_LOCK.get(deflater);
        if (Thread.holdsLock(lock) || !isKnown(flush)) {
            return Gate.PASS;
        }
        synchronized (lock) {
            int total = 0;
            for (int waiting = waiting(deflater); waiting > PIECE_BYTES; waiting = waiting(deflater)) {
                int wrote = piece(deflater, to, offset + total, length - total, buffer);
                total += wrote;
                if (total == length || wrote == 0 && waiting(deflater) == waiting) {
                    return total;
                }
            }
            return total + deflate(deflater, to, offset + total, length - total, buffer, flush);
        }
    }

    /** In one, by the JDK. */
    private static int deflate(Deflater deflater, byte[] to, int offset, int length, ByteBuffer buffer, int flush)
            throws Throwable {
        return buffer == null ? (int) DEFLATE.invokeExact(deflater, to, offset, length, flush)
                : (int) DEFLATE_TO_BUFFER.invokeExact(deflater, buffer, flush);
    }

    private static boolean isKnown(int flush) {
        return flush == Deflater.NO_FLUSH || flush == Deflater.SYNC_FLUSH || flush == Deflater.FULL_FLUSH;
    }

    /** How much input there is. */
    private static int waiting(Deflater deflater) {
        ByteBuffer input = (ByteBuffer) INPUT.get(deflater);
        return input != null ? input.remaining() : (int) LIMIT.get(deflater) - (int) POSITION.get(deflater);
    }

    /** Deflates as if a piece were all there is, and not the end. */
    private static int piece(Deflater deflater, byte[] to, int offset, int length, ByteBuffer buffer) throws Throwable {
        ByteBuffer input = (ByteBuffer) INPUT.get(deflater);
        boolean finish = (boolean) FINISH.get(deflater);
        int limit = (int) LIMIT.get(deflater);
        // Its own: another thread of the function may change the limit of that which it has given.
        ByteBuffer part = input == null ? null : input.duplicate();
        if (part == null) {
            LIMIT.set(deflater, (int) POSITION.get(deflater) + PIECE_BYTES);
        } else {
            part.limit(part.position() + PIECE_BYTES);
            INPUT.set(deflater, part);
        }
        FINISH.set(deflater, false);
        try {
            return deflate(deflater, to, offset, length, buffer, Deflater.NO_FLUSH);
        } finally {
            LIMIT.set(deflater, limit);
            INPUT.set(deflater, input);
            FINISH.set(deflater, finish);
            if (part != null) {
                input.position(part.position());
            }
        }
    }

    /** Inflater.inflate into an array. What it takes in is bounded by what it gives. */
    public static Object inflates(Object of, byte[] to, int offset, int length) throws Throwable {
        Inflater inflater = (Inflater) of;
        if (length <= PIECE_BYTES || to == null || offset < 0 || offset > to.length - length) {
            return Gate.PASS;
        }
        synchronized (INFLATER_LOCK.get(inflater)) {
            int total = 0;
            while (true) {
                int piece = Math.min(PIECE_BYTES, length - total);
                int wrote = (int) INFLATE.invokeExact(inflater, to, offset + total, piece);
                total += wrote;
                if (wrote < piece || total == length) {
                    return total;
                }
            }
        }
    }

    /** The same into a buffer. */
    public static Object inflates(Object of, ByteBuffer to) throws Throwable {
        Inflater inflater = (Inflater) of;
        Object lock = INFLATER_LOCK.get(inflater);
        if (Thread.holdsLock(lock) || to == null || to.isReadOnly()) {
            return Gate.PASS;
        }
        synchronized (lock) {
            int total = 0;
            while (true) {
                ByteBuffer part = to.duplicate();
                part.limit(part.position() + Math.min(PIECE_BYTES, part.remaining()));
                int most = part.remaining();
                int wrote = (int) INFLATE_TO_BUFFER.invokeExact(inflater, part);
                to.position(part.position());
                total += wrote;
                if (wrote < most || !to.hasRemaining()) {
                    return total;
                }
            }
        }
    }
}
