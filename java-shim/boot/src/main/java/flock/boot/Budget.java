package flock.boot;

import java.io.FileDescriptor;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * What one funclet may use: the gate's way to the host's counts, and the mark of a funclet that has to end.
 *
 * Only the gate asks it, so all but its making and ending is for this package. Once closed it grants nothing, for the
 * threads that outlive their funclet.
 */
public abstract class Budget {
    private static final Object COUNTING = new Object();
    private static final int NOTHING = 0;

    /** The host has nothing against one more. */
    static final int GO_ON = -1;

    /** A limit of the namespace is less than this by itself. */
    static final int OF_NAMESPACE = -2;

    private final Port port;
    private final long funclet;
    private final Channels channels = new Channels();
    /** Null until it has one. */
    private Arenas arenas;
    private final Folders folders;
    private final ClassWeights weights = new ClassWeights();
    private final Descent descent = new Descent();
    private final ArrayTypes arrays = new ArrayTypes();
    private final Own own = new Own();
    private final Rights rights;
    private volatile Group group;
    private volatile boolean isCondemned;
    private volatile boolean isClosed;
    private boolean isCounted;
    private volatile Thread.UncaughtExceptionHandler defaultHandler;

    protected Budget(Port port, long funclet, Rights rights) {
        Callers.checkHost();
        this.rights = rights;
        this.port = port;
        this.funclet = funclet;
        folders = new Folders(port);
    }

    /** The funclet has to end: its threads get a Stop wherever they would go on. Allocates nothing. */
    protected final void condemn() {
        synchronized (COUNTING) {
            if (!isCondemned) {
                isCondemned = true;
                isCounted = true;
                Gate.condemned++;
            }
        }
    }

    /** No thread of the condemned funclet lives any more. */
    protected final void bury() {
        synchronized (COUNTING) {
            if (isCounted) {
                isCounted = false;
                Gate.condemned--;
            }
        }
    }

    /** From now on nothing is granted. Memory outside of the heap is only given back if no thread is left that could use it. */
    protected final void close(boolean isDeserted) {
        if (isDeserted) {
            closeArenas();
        }
        isClosed = true;
        defaultHandler = null;
        channels.close();
        folders.close();
        group = null;
        own.close();
    }

    private synchronized void closeArenas() {
        if (arenas != null) {
            arenas.close();
        }
    }

    final void setGroup(Group top) {
        group = top;
    }

    /** The group of all its threads; null once they have ended. */
    final Group group() {
        return group;
    }

    /** What the funclet has set of that which the JDK keeps once for all. */
    final Own own() {
        return own;
    }

    /** Its memory by arenas. */
    final synchronized Arenas arenas() {
        if (arenas == null) {
            arenas = new Arenas();
        }
        return arenas;
    }

    /** Which files and addresses it may use. */
    final Rights rights() {
        return rights;
    }

    /** The class file as a function may have it; the same array where nothing is to be done. */
    protected abstract byte[] rewrite(byte[] classFile);

    /** A class of its jar is about to be defined. What is larger than usual counts as more classes. */
    final void defines(ByteBuffer classFile) {
        int bytes = classFile.remaining();
        if (weights.needsHeader(bytes)) {
            counts(bytes, ClassHeader.of(classFile));
        }
    }

    /** The function is about to define a class itself. Throws where the JVM must not be given it. */
    final void defines(ClassLoader loader, byte[] classFile) {
        ClassHeader header = ClassHeader.of(ByteBuffer.wrap(classFile));
        if (header != null) {
            descent.check(loader, header);
        }
        counts(classFile.length, header);
    }

    private void counts(int fileBytes, ClassHeader header) {
        int more = weights.more(fileBytes, header);
        if (more > 0 && !isClosed) {
            port.defines(funclet, more);
        }
    }

    /** The JDK is about to make a class of its own for the function, which stays when the function is gone. */
    final void makesClass() {
        makesClasses(1);
    }

    /** The JVM is about to make these, which have no class file. */
    final void makesClasses(int count) {
        if (!isClosed) {
            port.defines(funclet, count);
        }
    }

    final ArrayTypes arrays() {
        return arrays;
    }

    /** The JDK is about to make a class for the function that has these parents and hardly a method. */
    final void makes(String name, List<Class<?>> parents) {
        descent.check(name, parents, 0);
    }

    final void setDefaultHandler(Thread.UncaughtExceptionHandler handler) {
        defaultHandler = handler;
    }

    /** What the function takes for the handler of all threads. */
    final Thread.UncaughtExceptionHandler defaultHandler() {
        return defaultHandler;
    }

    final boolean isCondemned() {
        return isCondemned;
    }

    /** Gives {@link #GO_ON}, or the limit that one thread more would break, one of the namespace below {@link #OF_NAMESPACE}. */
    final int startThread(Thread thread) {
        return isClosed ? NOTHING : port.startThread(funclet, thread);
    }

    final boolean allows(long bytes) {
        return !isClosed && port.allows(funclet, bytes);
    }

    final void keep(Object holder, long bytes) {
        if (!isClosed) {
            port.keep(funclet, holder, bytes);
        }
    }

    /** Gives -1, or the limit that one socket more would break. */
    final int openSocket() {
        return isClosed ? NOTHING : port.openSocket(funclet, channels.count());
    }

    /** A selector, pipe or group was made. */
    final void opened(Object channel) {
        channels.add(channel);
    }

    /** Gives -1, or the limit that one watcher of folders more would break. */
    final int openWatcher() {
        return isClosed ? NOTHING : port.openWatcher(funclet);
    }

    /** Descriptors of a watcher were opened, which are closed together or never. */
    final void opened(int[] descriptors) {
        if (!isClosed) {
            port.opened(funclet, descriptors);
        }
    }

    final void opened(FileDescriptor socket) {
        if (!isClosed) {
            port.opened(funclet, socket);
        }
    }

    /** Gives -1, or the limit of open files, over which it was closed; 0: the host has no room for one more. */
    final int openedFile(FileDescriptor file) {
        return isClosed ? NOTHING : port.openedFile(funclet, file, folders.descriptors());
    }

    /** Gives -1, or the limit that one folder more would break. */
    final int openFolder() {
        return isClosed ? NOTHING : port.openedFile(funclet, null, folders.descriptors());
    }

    final void openedFolder(Object stream, long handle, int descriptor) {
        folders.add(stream, handle, descriptor);
    }

    final void closesFolder(Object stream) {
        folders.remove(stream);
    }

    /** Gives -1, or the limit that one file more to write would break. */
    final int openFile(String path) {
        return isClosed ? NOTHING : port.openFile(funclet, path);
    }
}
