package flock.shim.json;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Where the writer's bytes go: kept up to a limit, only counted after it.
 *
 * Past the limit the bytes go to a small spill that is overwritten again and again. Every put reserves its room
 * first, at most CHUNK bytes, so the loops that fill it need no further checks.
 */
final class Sink {
    private static final int FIRST_BYTES = 8 * 1024;
    private static final int CHUNK_BYTES = 3 * 1024;
    private static final int CHUNK_CHARS = 512;
    private static final byte[] HEX = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};

    /** For each ASCII character: 0 = as it is, 'u' = four hex digits, else the letter after the backslash. */
    private static final byte[] ESCAPES = escapes();

    /** Writes what of a long string is Latin-1, by the JVM's own vector code. */
    private final CharsetEncoder latin = StandardCharsets.ISO_8859_1.newEncoder();

    private final CharBuffer chars = CharBuffer.allocate(CHUNK_CHARS);

    private byte[] kept = new byte[FIRST_BYTES];
    private byte[] spill;
    private byte[] to;
    private int at;
    private int limit;
    private long counted;
    private int length;
    private int total;

    private static byte[] escapes() {
        byte[] table = new byte[0x80];
        Arrays.fill(table, 0, 0x20, (byte) 'u');
        table['\b'] = 'b';
        table['\t'] = 't';
        table['\n'] = 'n';
        table['\f'] = 'f';
        table['\r'] = 'r';
        table['"'] = '"';
        table['\\'] = '\\';
        return table;
    }

    void start(int limitBytes) {
        limit = limitBytes;
        counted = 0;
        at = 0;
        to = kept;
    }

    void finish() {
        boolean spilled = to != kept;
        long whole = counted + at;
        total = (int) Math.min(Integer.MAX_VALUE, whole);
        length = whole <= limit ? (int) whole : cut(limit);
        if (spilled) {
            to = kept;
        }
    }

    /** The largest length up to this one that does not split a character. */
    private int cut(int most) {
        int cut = most;
        while (cut > 0 && (kept[cut] & 0xc0) == 0x80) {
            cut--;
        }
        return cut;
    }

    byte[] bytes() {
        return kept;
    }

    int length() {
        return length;
    }

    int totalBytes() {
        return total;
    }

    void trim() {
        if (kept.length > Limits.KEPT_SCRATCH_BYTES) {
            kept = new byte[FIRST_BYTES];
        }
        to = kept;
        spill = null;
    }

    void put(char c) {
        reserve(1);
        to[at++] = (byte) c;
    }

    @SuppressWarnings("deprecation")
    void ascii(String text) {
        for (int from = 0, size = text.length(); from < size;) {
            int count = Math.min(size - from, CHUNK_BYTES);
            reserve(count);
            text.getBytes(from, from + count, to, at);
            at += count;
            from += count;
        }
    }

    void string(String text) {
        int size = text.length();
        if (size <= CHUNK_CHARS) {
            reserve(CHUNK_BYTES + 2);
            to[at++] = '"';
            chunk(text, 0, size);
            to[at++] = '"';
            return;
        }
        put('"');
        for (int from = 0; from < size;) {
            reserve(CHUNK_BYTES);
            int stop = Math.min(size, from + CHUNK_CHARS);
            from = plain(text, from, stop);
            if (from < stop) {
                from = chunk(text, from, stop);
            }
        }
        put('"');
    }

    /** Writes the characters up to the first that is not plain ASCII, at most up to stop. Gives the next. */
    private int plain(String text, int from, int stop) {
        text.getChars(from, stop, chars.array(), 0);
        chars.limit(stop - from).position(0);
        ByteBuffer bytes = ByteBuffer.wrap(to, at, stop - from);
        latin.reset().encode(chars, bytes, true);
        int end = Scan.plain(to, at, bytes.position());
        int next = from + end - at;
        at = end;
        return next;
    }

    /** Writes the characters up to stop, and one more where a pair of surrogates lies across it. Gives the next. */
    private int chunk(String text, int from, int stop) {
        byte[] to = this.to;
        int at = this.at;
        int i = from;
        while (i < stop) {
            char c = text.charAt(i);
            if (c >= 0x80 || ESCAPES[c] != 0) {
                break;
            }
            to[at++] = (byte) c;
            i++;
        }
        for (int size = text.length(); i < stop; i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                if (ESCAPES[c] == 0) {
                    to[at++] = (byte) c;
                } else {
                    at = escape(to, at, c);
                }
            } else if (c < 0x800) {
                to[at++] = (byte) (0xc0 | c >> 6);
                to[at++] = (byte) (0x80 | c & 0x3f);
            } else if (Character.isSurrogate(c)) {
                if (Character.isHighSurrogate(c) && i + 1 < size && Character.isLowSurrogate(text.charAt(i + 1))) {
                    at = pair(to, at, Character.toCodePoint(c, text.charAt(++i)));
                } else {
                    to[at++] = '?';
                }
            } else if (c == '\u2028' || c == '\u2029') {
                at = hex(to, at, c);
            } else {
                to[at++] = (byte) (0xe0 | c >> 12);
                to[at++] = (byte) (0x80 | c >> 6 & 0x3f);
                to[at++] = (byte) (0x80 | c & 0x3f);
            }
        }
        this.at = at;
        return i;
    }

    private static int escape(byte[] to, int at, char c) {
        byte letter = ESCAPES[c];
        if (letter == 'u') {
            return hex(to, at, c);
        }
        to[at] = '\\';
        to[at + 1] = letter;
        return at + 2;
    }

    private static int hex(byte[] to, int at, char c) {
        to[at] = '\\';
        to[at + 1] = 'u';
        to[at + 2] = HEX[c >> 12];
        to[at + 3] = HEX[c >> 8 & 15];
        to[at + 4] = HEX[c >> 4 & 15];
        to[at + 5] = HEX[c & 15];
        return at + 6;
    }

    private static int pair(byte[] to, int at, int codePoint) {
        to[at] = (byte) (0xf0 | codePoint >> 18);
        to[at + 1] = (byte) (0x80 | codePoint >> 12 & 0x3f);
        to[at + 2] = (byte) (0x80 | codePoint >> 6 & 0x3f);
        to[at + 3] = (byte) (0x80 | codePoint & 0x3f);
        return at + 4;
    }

    private void reserve(int count) {
        if (to.length - at < count) {
            makeRoom(count);
        }
    }

    private void makeRoom(int count) {
        if (to != kept) {
            counted += at;
            at = 0;
            return;
        }
        if (at > limit) {
            counted = at;
            at = 0;
            if (spill == null) {
                spill = new byte[FIRST_BYTES];
            }
            to = spill;
            return;
        }
        long wanted = Math.max(kept.length * 2L, (long) at + count);
        long most = Math.max((long) limit + CHUNK_BYTES + 8, (long) at + count);
        kept = Arrays.copyOf(kept, (int) Math.min(Math.min(wanted, most), Integer.MAX_VALUE - 8));
        to = kept;
    }
}
