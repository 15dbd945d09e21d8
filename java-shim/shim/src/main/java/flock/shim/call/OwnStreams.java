package flock.shim.call;

import flock.boot.Gate;
import java.io.InputStream;
import java.io.PrintStream;

/** What one funclet gave to System.setOut, setErr and setIn. It holds for all its threads and for later calls. */
final class OwnStreams {
    private volatile PrintStream out;
    private volatile PrintStream err;
    private volatile InputStream in;

    PrintStream get(int stream) {
        return stream == Gate.STDOUT ? out : err;
    }

    void set(int stream, PrintStream own) {
        if (stream == Gate.STDOUT) {
            out = own;
        } else {
            err = own;
        }
    }

    InputStream input() {
        return in;
    }

    void setInput(InputStream own) {
        in = own;
    }
}
