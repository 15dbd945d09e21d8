package flock.shim.call;

import flock.boot.Gate;
import flock.boot.Port;
import flock.shim.stream.LineStream;
import flock.shim.stream.Lines;

/** Stdout and stderr of one lane, or of a funclet's other threads. Made at the first print. */
final class Outputs implements Lines {
    private final Port port;
    private final long funclet;
    private volatile LineStream out;
    private volatile LineStream err;

    Outputs(Port port, long funclet) {
        this.port = port;
        this.funclet = funclet;
    }

    @Override
    public void line(int stream, byte[] bytes, int offset, int length) {
        port.line(funclet, stream, bytes, offset, length);
    }

    LineStream get(int stream) {
        LineStream made = stream == Gate.STDOUT ? out : err;
        return made != null ? made : make(stream);
    }

    private synchronized LineStream make(int stream) {
        LineStream made = stream == Gate.STDOUT ? out : err;
        if (made == null) {
            made = new LineStream(stream, this);
            if (stream == Gate.STDOUT) {
                out = made;
            } else {
                err = made;
            }
        }
        return made;
    }

    /** Hands over lines that are not finished. */
    void finish() {
        LineStream made = out;
        if (made != null) {
            made.finish();
        }
        made = err;
        if (made != null) {
            made.finish();
        }
    }
}
