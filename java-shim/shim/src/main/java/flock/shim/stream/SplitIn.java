package flock.shim.stream;

import flock.boot.Gate;
import java.io.IOException;
import java.io.InputStream;

/**
 * The System.in of the JVM: empty for a function that set none of its own, the process's input for the host.
 *
 * A function's own input may be one around the old System.in; what it reads here is empty, or it would call itself.
 */
public final class SplitIn extends InputStream {
    private final InputStream host;

    public SplitIn(InputStream host) {
        this.host = host;
    }

    private InputStream enter() {
        InputStream mine = Gate.enterInput();
        return mine != null ? mine : host;
    }

    private void leave(InputStream entered) {
        if (entered != host) {
            Gate.leaveStream(Gate.STDIN);
        }
    }

    @Override
    public int read() throws IOException {
        InputStream from = enter();
        try {
            return from.read();
        } finally {
            leave(from);
        }
    }

    @Override
    public int read(byte[] bytes, int offset, int count) throws IOException {
        InputStream from = enter();
        try {
            return from.read(bytes, offset, count);
        } finally {
            leave(from);
        }
    }

    @Override
    public long skip(long count) throws IOException {
        InputStream from = enter();
        try {
            return from.skip(count);
        } finally {
            leave(from);
        }
    }

    @Override
    public int available() throws IOException {
        InputStream from = enter();
        try {
            return from.available();
        } finally {
            leave(from);
        }
    }

    /** Closes nothing: the next reader is another one. */
    @Override
    public void close() {}
}
