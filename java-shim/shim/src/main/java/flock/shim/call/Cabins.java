package flock.shim.call;

import flock.boot.Port;
import java.util.ArrayDeque;

/**
 * What hops of one funclet have on lanes that they share with others, in the place of a thread of their own: what the JDK
 * keeps in it, and streams. A hop takes the cabin that was given back last, or a new one.
 */
final class Cabins {
    /** One cabin. */
    static final class Cabin {
        final Outputs outputs;
        final ThreadTraces traces = new ThreadTraces();

        Cabin(Outputs outputs) {
            this.outputs = outputs;
        }
    }

    private final ArrayDeque<Cabin> free = new ArrayDeque<>(1);
    private final Port port;
    private final long funclet;
    private boolean isClosed;

    Cabins(Port port, long funclet) {
        this.port = port;
        this.funclet = funclet;
    }

    synchronized Cabin take() {
        Cabin cabin = free.pollLast();
        return cabin != null ? cabin : new Cabin(new Outputs(port, funclet));
    }

    synchronized void give(Cabin cabin) {
        if (!isClosed) {
            free.addLast(cabin);
        }
    }

    /** Nothing is kept of a funclet that has ended. */
    synchronized void close() {
        isClosed = true;
        free.clear();
    }
}
