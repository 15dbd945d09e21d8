package flock.shim.stream;

import flock.boot.StopGate;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A PrintStream that cuts what is printed into lines of UTF-8 and hands each over at once.
 *
 * It replaces PrintStream's own machinery, whose buffers take 30 KB a stream. Each method holds only this object's
 * lock, so the lines of two threads never mix within a print. A line over 1 MiB is cut; close() only flushes. No stop
 * reaches a thread in here, so one that has to end and only prints ends before its next print.
 */
public final class LineStream extends PrintStream {
    static final int LONGEST_LINE_BYTES = 1024 * 1024;
    private static final int KEPT_BYTES = 64 * 1024;
    private static final byte[] NOTHING = {};

    private final int stream;
    private final Lines lines;
    private byte[] pending = NOTHING;
    private int length;
    private char waitingHigh;

    public LineStream(int stream, Lines lines) {
        super(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        this.stream = stream;
        this.lines = lines;
    }

    /** Hands over the line that is not finished yet: a call ends. */
    public synchronized void finish() {
        dropHalfPair();
        if (length > 0) {
            emit(pending, 0, length);
            length = 0;
        }
        if (pending.length > KEPT_BYTES) {
            pending = NOTHING;
        }
    }

    private synchronized void text(String text, boolean endsLine) {
        StopGate.begins();
        String whole = text;
        if (waitingHigh != 0 && (!text.isEmpty() || endsLine)) {
            whole = waitingHigh + text;
            waitingHigh = 0;
        }
        int size = whole.length();
        if (!endsLine && size > 0 && Character.isHighSurrogate(whole.charAt(size - 1))) {
            waitingHigh = whole.charAt(size - 1);
            whole = whole.substring(0, size - 1);
        }
        byte[] bytes = whole.getBytes(StandardCharsets.UTF_8);
        take(bytes, 0, bytes.length);
        if (endsLine) {
            endLine();
        }
    }

    /** The first half of a character that print(char) gave; its second half never came. */
    private void dropHalfPair() {
        if (waitingHigh != 0) {
            waitingHigh = 0;
            take(new byte[] {'?'}, 0, 1);
        }
    }

    private void take(byte[] bytes, int offset, int count) {
        int end = offset + count;
        int start = offset;
        for (int i = offset; i < end; i++) {
            if (bytes[i] == '\n') {
                append(bytes, start, i - start);
                endLine();
                start = i + 1;
            }
        }
        append(bytes, start, end - start);
    }

    private void append(byte[] bytes, int offset, int count) {
        int from = offset;
        int left = count;
        while (length + left > LONGEST_LINE_BYTES) {
            int part = LONGEST_LINE_BYTES - length;
            store(bytes, from, part);
            from += part;
            left -= part;
            int whole = wholeCharacters();
            emit(pending, 0, whole);
            System.arraycopy(pending, whole, pending, 0, length - whole);
            length -= whole;
        }
        store(bytes, from, left);
    }

    /** The length up to which the pending bytes do not end within a character. */
    private int wholeCharacters() {
        int at = length;
        for (int back = 1; back <= 3 && back < length; back++) {
            int b = pending[length - back] & 0xff;
            if (b < 0x80) {
                return at;
            }
            if (b >= 0xc0) {
                int needs = b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : 2;
                return needs > back ? length - back : at;
            }
        }
        return at;
    }

    private void store(byte[] bytes, int offset, int count) {
        if (count == 0) {
            return;
        }
        if (pending.length - length < count) {
            int size = Math.max(256, Math.max(pending.length * 2, length + count));
            pending = Arrays.copyOf(pending, Math.min(size, LONGEST_LINE_BYTES));
        }
        System.arraycopy(bytes, offset, pending, length, count);
        length += count;
    }

    private void endLine() {
        emit(pending, 0, length);
        length = 0;
    }

    private void emit(byte[] bytes, int offset, int count) {
        lines.line(stream, bytes, offset, count);
    }

    @Override
    public synchronized void write(int b) {
        StopGate.begins();
        dropHalfPair();
        take(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int count) {
        StopGate.begins();
        java.util.Objects.checkFromIndexSize(offset, count, bytes.length);
        dropHalfPair();
        take(bytes, offset, count);
    }

    @Override
    public void write(byte[] bytes) {
        write(bytes, 0, bytes.length);
    }

    @Override
    public void writeBytes(byte[] bytes) {
        write(bytes, 0, bytes.length);
    }

    @Override
    public void print(boolean value) {
        text(String.valueOf(value), false);
    }

    @Override
    public void print(char value) {
        text(String.valueOf(value), false);
    }

    @Override
    public void print(int value) {
        text(String.valueOf(value), false);
    }

    @Override
    public void print(long value) {
        text(String.valueOf(value), false);
    }

    @Override
    public void print(float value) {
        text(String.valueOf(value), false);
    }

    @Override
    public void print(double value) {
        text(String.valueOf(value), false);
    }

    @Override
    public void print(char[] value) {
        text(new String(value), false);
    }

    @Override
    public void print(String value) {
        text(String.valueOf(value), false);
    }

    @Override
    public void print(Object value) {
        text(String.valueOf(String.valueOf(value)), false);
    }

    @Override
    public void println() {
        text("", true);
    }

    @Override
    public void println(boolean value) {
        text(String.valueOf(value), true);
    }

    @Override
    public void println(char value) {
        text(String.valueOf(value), true);
    }

    @Override
    public void println(int value) {
        text(String.valueOf(value), true);
    }

    @Override
    public void println(long value) {
        text(String.valueOf(value), true);
    }

    @Override
    public void println(float value) {
        text(String.valueOf(value), true);
    }

    @Override
    public void println(double value) {
        text(String.valueOf(value), true);
    }

    @Override
    public void println(char[] value) {
        text(new String(value), true);
    }

    @Override
    public void println(String value) {
        text(String.valueOf(value), true);
    }

    @Override
    public void println(Object value) {
        text(String.valueOf(String.valueOf(value)), true);
    }

    @Override
    public PrintStream append(CharSequence value) {
        print(String.valueOf(value));
        return this;
    }

    @Override
    public PrintStream append(CharSequence value, int start, int end) {
        CharSequence text = value == null ? "null" : value;
        print(text.subSequence(start, end).toString());
        return this;
    }

    @Override
    public PrintStream append(char value) {
        print(value);
        return this;
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}

    @Override
    public boolean checkError() {
        return false;
    }
}
