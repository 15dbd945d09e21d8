package flock.shim.stream;

import flock.boot.Gate;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * The System.out or System.err of the JVM: hands each call to the stream of the one who calls.
 *
 * A lane prints to its own stream, another thread of a funclet to the funclet's, the host to what was there before.
 * No method takes a lock of this object. Where a function set a stream of its own, the call goes there; what that
 * stream itself prints here goes to the lines, or a stream around the old System.out would call itself for ever.
 * Every public method of PrintStream must be here: a test compares.
 */
public final class SplitOut extends PrintStream {
    private final int stream;
    private final PrintStream host;

    public SplitOut(int stream, PrintStream host) {
        super(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        this.stream = stream;
        this.host = host;
    }

    private PrintStream enter() {
        PrintStream mine = Gate.enterStream(stream);
        return mine != null ? mine : host;
    }

    private void leave(PrintStream entered) {
        if (!(entered instanceof LineStream)) {
            Gate.leaveStream(stream);
        }
    }

    /** Since JDK 18. */
    public Charset charset() {
        return StandardCharsets.UTF_8;
    }

    /** A function cannot close the output of others, and nobody closes it under the host. */
    @Override
    public void close() {
        flush();
    }

    @Override
    public void write(int b) {
        PrintStream to = enter();
        try {
            to.write(b);
        } finally {
            leave(to);
        }
    }

    @Override
    public void write(byte[] bytes, int offset, int count) {
        PrintStream to = enter();
        try {
            to.write(bytes, offset, count);
        } finally {
            leave(to);
        }
    }

    @Override
    public void write(byte[] bytes) throws IOException {
        PrintStream to = enter();
        try {
            to.write(bytes);
        } finally {
            leave(to);
        }
    }

    @Override
    public void writeBytes(byte[] bytes) {
        PrintStream to = enter();
        try {
            to.writeBytes(bytes);
        } finally {
            leave(to);
        }
    }

    @Override
    public void println() {
        PrintStream to = enter();
        try {
            to.println();
        } finally {
            leave(to);
        }
    }

    @Override
    public void print(boolean value) {
        PrintStream to = enter();
        try {
            to.print(value);
        } finally {
            leave(to);
        }
    }

    @Override
    public void println(boolean value) {
        PrintStream to = enter();
        try {
            to.println(value);
        } finally {
            leave(to);
        }
    }

    @Override
    public void print(char value) {
        PrintStream to = enter();
        try {
            to.print(value);
        } finally {
            leave(to);
        }
    }

    @Override
    public void println(char value) {
        PrintStream to = enter();
        try {
            to.println(value);
        } finally {
            leave(to);
        }
    }

    @Override
    public void print(int value) {
        PrintStream to = enter();
        try {
            to.print(value);
        } finally {
            leave(to);
        }
    }

    @Override
    public void println(int value) {
        PrintStream to = enter();
        try {
            to.println(value);
        } finally {
            leave(to);
        }
    }

    @Override
    public void print(long value) {
        PrintStream to = enter();
        try {
            to.print(value);
        } finally {
            leave(to);
        }
    }

    @Override
    public void println(long value) {
        PrintStream to = enter();
        try {
            to.println(value);
        } finally {
            leave(to);
        }
    }

    @Override
    public void print(float value) {
        PrintStream to = enter();
        try {
            to.print(value);
        } finally {
            leave(to);
        }
    }

    @Override
    public void println(float value) {
        PrintStream to = enter();
        try {
            to.println(value);
        } finally {
            leave(to);
        }
    }

    @Override
    public void print(double value) {
        PrintStream to = enter();
        try {
            to.print(value);
        } finally {
            leave(to);
        }
    }

    @Override
    public void println(double value) {
        PrintStream to = enter();
        try {
            to.println(value);
        } finally {
            leave(to);
        }
    }

    @Override
    public void print(char[] value) {
        PrintStream to = enter();
        try {
            to.print(value);
        } finally {
            leave(to);
        }
    }

    @Override
    public void println(char[] value) {
        PrintStream to = enter();
        try {
            to.println(value);
        } finally {
            leave(to);
        }
    }

    @Override
    public void print(String value) {
        PrintStream to = enter();
        try {
            to.print(value);
        } finally {
            leave(to);
        }
    }

    @Override
    public void println(String value) {
        PrintStream to = enter();
        try {
            to.println(value);
        } finally {
            leave(to);
        }
    }

    @Override
    public void print(Object value) {
        PrintStream to = enter();
        try {
            to.print(value);
        } finally {
            leave(to);
        }
    }

    @Override
    public void println(Object value) {
        PrintStream to = enter();
        try {
            to.println(value);
        } finally {
            leave(to);
        }
    }

    @Override
    public PrintStream printf(String format, Object... args) {
        PrintStream to = enter();
        try {
            to.printf(format, args);
        } finally {
            leave(to);
        }
        return this;
    }

    @Override
    public PrintStream printf(Locale locale, String format, Object... args) {
        PrintStream to = enter();
        try {
            to.printf(locale, format, args);
        } finally {
            leave(to);
        }
        return this;
    }

    @Override
    public PrintStream format(String format, Object... args) {
        PrintStream to = enter();
        try {
            to.format(format, args);
        } finally {
            leave(to);
        }
        return this;
    }

    @Override
    public PrintStream format(Locale locale, String format, Object... args) {
        PrintStream to = enter();
        try {
            to.format(locale, format, args);
        } finally {
            leave(to);
        }
        return this;
    }

    @Override
    public PrintStream append(CharSequence value) {
        PrintStream to = enter();
        try {
            to.append(value);
        } finally {
            leave(to);
        }
        return this;
    }

    @Override
    public PrintStream append(CharSequence value, int start, int end) {
        PrintStream to = enter();
        try {
            to.append(value, start, end);
        } finally {
            leave(to);
        }
        return this;
    }

    @Override
    public PrintStream append(char value) {
        PrintStream to = enter();
        try {
            to.append(value);
        } finally {
            leave(to);
        }
        return this;
    }

    @Override
    public void flush() {
        PrintStream to = enter();
        try {
            to.flush();
        } finally {
            leave(to);
        }
    }

    @Override
    public boolean checkError() {
        PrintStream to = enter();
        try {
            return to.checkError();
        } finally {
            leave(to);
        }
    }
}
