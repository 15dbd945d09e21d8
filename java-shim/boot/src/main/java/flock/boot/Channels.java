package flock.boot;

import java.io.IOException;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.Pipe;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;

/**
 * What one funclet has opened that takes descriptors and is neither socket nor file: selectors, pipes, groups of
 * asynchronous channels. The JDK closes none of them by itself, so they are kept until they are closed or their funclet
 * ends. Each counts as a socket.
 */
final class Channels {
    private final List<Object> opened = new ArrayList<>();
    private boolean isClosed;

    /** Keeps a channel; once all are closed, closes it at once. */
    void add(Object channel) {
        synchronized (this) {
            if (!isClosed) {
                opened.add(channel);
                return;
            }
        }
        close(channel);
    }

    /** How many are open. */
    synchronized int count() {
        opened.removeIf(channel -> !isOpen(channel));
        return opened.size();
    }

    /** Closes all. For a funclet of which no thread lives any more. */
    void close() {
        List<Object> left;
        synchronized (this) {
            isClosed = true;
            if (opened.isEmpty()) {
                return;
            }
            left = new ArrayList<>(opened);
            opened.clear();
        }
        left.forEach(Channels::close);
    }

    private static boolean isOpen(Object channel) {
        if (channel instanceof Selector) {
            return ((Selector) channel).isOpen();
        }
        if (channel instanceof Pipe) {
            return ((Pipe) channel).source().isOpen() || ((Pipe) channel).sink().isOpen();
        }
        return !((AsynchronousChannelGroup) channel).isTerminated();
    }

    private static void close(Object channel) {
        try {
            if (channel instanceof Selector) {
                ((Selector) channel).close();
            } else if (channel instanceof Pipe) {
                ((Pipe) channel).source().close();
                ((Pipe) channel).sink().close();
            } else {
                ((AsynchronousChannelGroup) channel).shutdownNow();
            }
        } catch (IOException unclean) {
            // The descriptor is gone in any case.
        }
    }
}
