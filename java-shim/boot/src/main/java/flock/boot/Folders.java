package flock.boot;

import java.util.IdentityHashMap;
import java.util.Map;

/**
 * The folders that one funclet has open for listing. The JDK closes none of them by itself, so they are kept until they are closed
 * or their funclet ends.
 */
final class Folders {
    /** A listing has one for the names and one for what is opened in the folder. */
    private static final int DESCRIPTORS_OF_EACH = 2;

    private final Port port;
    /** What each is for the kernel, by the JDK's object for it. */
    private final Map<Object, Open> opened = new IdentityHashMap<>();
    private boolean isClosed;

    Folders(Port port) {
        this.port = port;
    }

    synchronized void add(Object stream, long handle, int descriptor) {
        if (!isClosed) {
            opened.put(stream, new Open(handle, descriptor));
        }
    }

    /** Its closing begins: from here on only the JDK closes it. */
    synchronized void remove(Object stream) {
        opened.remove(stream);
    }

    synchronized int descriptors() {
        return opened.size() * DESCRIPTORS_OF_EACH;
    }

    /** Closes all. For a funclet of which no thread lives any more. Allocates nothing where none is open: the heap may be full. */
    synchronized void close() {
        isClosed = true;
        if (opened.isEmpty()) {
            return;
        }
        for (Open folder : opened.values()) {
            port.closeFolder(folder.handle, folder.descriptor);
        }
        opened.clear();
    }

    private static final class Open {
        private final long handle;
        private final int descriptor;

        Open(long handle, int descriptor) {
            this.handle = handle;
            this.descriptor = descriptor;
        }
    }
}
