package flock.shim.json;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Finds the end of plain text within a string: eight bytes at a time, for the long ones. */
final class Scan {
    private static final VarHandle WORD = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long EACH = 0x0101010101010101L;
    private static final long TOPS = EACH << 7;

    private Scan() {}

    /** The position of the first byte that is a quote, a backslash, a control character or no ASCII; end: none is. */
    static int plain(byte[] in, int from, int end) {
        int at = from;
        for (int last = end - Long.BYTES; at <= last; at += Long.BYTES) {
            long odd = odd((long) WORD.get(in, at));
            if (odd != 0) {
                return at + (Long.numberOfTrailingZeros(odd) >>> 3);
            }
        }
        while (at < end && in[at] >= 0x20 && in[at] != '"' && in[at] != '\\') {
            at++;
        }
        return at;
    }

    /** The lowest bit set is the top one of the first byte that is not plain; those above it may be set wrongly. */
    private static long odd(long word) {
        long quotes = word ^ EACH * '"';
        long backslashes = word ^ EACH * '\\';
        return (word - EACH * 0x20 | quotes - EACH | backslashes - EACH | word) & TOPS;
    }
}
