package flock.boot;

import java.io.FileDescriptor;
import java.nio.ByteBuffer;
import java.util.function.Supplier;

/**
 * The host's side of the boundary: nineteen natives, registered by the Rust host before the first lane starts.
 *
 * They are not public, and the only object that reaches them is given out once, to the shim: a function that
 * finds this class by its name cannot call them without breaking into it. A second claim fails.
 */
public final class Host implements Port {
    private static Host unclaimed = new Host();

    private Host() {}

    /** Gives the way to the host to its first caller, the shim. */
    public static synchronized Port claim() {
        Host host = unclaimed;
        if (host == null) {
            throw new IllegalStateException("the host is claimed already");
        }
        unclaimed = null;
        return host;
    }

    /** Ties the calling thread to the lane of this number and gives its buffer (direct, 64 KiB, big endian). */
    static native ByteBuffer enter(long lane);

    /** Says that a lane is ready whose funclet of this number is not there yet, and waits until it is. Null: the lane ends. */
    static native Object spare(long funclet, long lane, Object spare);

    /** Replaces the thread's buffer by one of at least minBytes, or of the default size for 0. */
    static native ByteBuffer grow(int minBytes);

    /** Hands over an answer and blocks for the next request. Gives its length, or -1 when the lane ends. */
    static native int swap(int status, int length, int totalBytes, int initMicros);

    /** The same for a lane of chains: gives the funclet of the next hop, or null when the lane ends. */
    static native Object next(int status, int length, int totalBytes, int initMicros);

    /** Begins a call of another action. */
    static native long begin(String action, byte[] payload);

    /** Waits for the end of such a call. */
    static native byte[] await(long ticket, int millis);

    /** Says that the calling lane begins to load and initialise its function (itself, or another does), or has ended that. */
    static native void initialising(boolean begins, boolean own);

    /** Takes one line of output without its newline. Stream 1 is stdout, 2 is stderr. */
    static native void log(long funclet, int stream, byte[] bytes, int offset, int length);

    /** A thread of the funclet is about to be started. Gives -1 to go on, or the limit that it would break. */
    static native int adopt(long funclet, Thread thread);

    /** May an array of that many bytes be made? False: the host has taken the call, the thread must throw Stop. */
    static native boolean admits(long funclet, long bytes);

    /** A class file is about to be defined that counts as so many classes more than one. */
    static native void defining(long funclet, int more);

    /** Counts memory outside of the heap for as long as its holder lives. */
    static native void hold(long funclet, Object holder, long bytes);

    /** A socket is about to be made beside so many other channels. Gives -1 to go on, or the limit that it would break. */
    static native int admitSocket(long funclet, int others);

    /** A socket was made. */
    static native void socket(long funclet, FileDescriptor descriptor);

    /** A watcher of folders is about to be made. Gives -1 to go on, or the limit that it would break. */
    static native int admitWatcher(long funclet);

    /** Descriptors were opened that the host closes together when the funclet ends, if they are still open. */
    static native void descriptors(long funclet, int[] numbers);

    /** A file was opened beside so many other descriptors, or, for null, is about to be. Gives -1 to go on, or the limit that it breaks. */
    static native int file(long funclet, FileDescriptor descriptor, int others);

    /** Closes a folder that a function has left open. */
    static native void folder(long handle, int descriptor);

    /** A file is about to be opened for writing. Gives -1 to go on, or the limit that it would break. */
    static native int writes(long funclet, String path);

    @Override
    public ByteBuffer open(long lane) {
        return enter(lane);
    }

    @Override
    public Object funcletFor(long funclet, long lane, Object spare) {
        return spare(funclet, lane, spare);
    }

    /** Nobody but the host has this object. */
    @Override
    public <T> T make(Supplier<T> maker) {
        return Callers.making(maker);
    }

    @Override
    public ByteBuffer resize(int minBytes) {
        return grow(minBytes);
    }

    @Override
    public int exchange(int status, int length, int totalBytes, int initMicros) {
        return swap(status, length, totalBytes, initMicros);
    }

    @Override
    public Object hop(int status, int length, int totalBytes, int initMicros) {
        return next(status, length, totalBytes, initMicros);
    }

    @Override
    public long ask(String action, byte[] payload) {
        return begin(action, payload);
    }

    @Override
    public byte[] asked(long ticket, int millis) {
        return await(ticket, millis);
    }

    @Override
    public void phase(boolean initialising, boolean own) {
        initialising(initialising, own);
    }

    @Override
    public void line(long funclet, int stream, byte[] bytes, int offset, int length) {
        log(funclet, stream, bytes, offset, length);
    }

    @Override
    public int startThread(long funclet, Thread thread) {
        return adopt(funclet, thread);
    }

    @Override
    public boolean allows(long funclet, long bytes) {
        return admits(funclet, bytes);
    }

    @Override
    public void defines(long funclet, int more) {
        defining(funclet, more);
    }

    @Override
    public void keep(long funclet, Object holder, long bytes) {
        hold(funclet, holder, bytes);
    }

    @Override
    public int openSocket(long funclet, int others) {
        return admitSocket(funclet, others);
    }

    @Override
    public void opened(long funclet, FileDescriptor socket) {
        socket(funclet, socket);
    }

    @Override
    public int openWatcher(long funclet) {
        return admitWatcher(funclet);
    }

    @Override
    public void opened(long funclet, int[] descriptors) {
        descriptors(funclet, descriptors);
    }

    @Override
    public int openedFile(long funclet, FileDescriptor file, int others) {
        return file(funclet, file, others);
    }

    @Override
    public void closeFolder(long handle, int descriptor) {
        folder(handle, descriptor);
    }

    @Override
    public int openFile(long funclet, String path) {
        return writes(funclet, path);
    }
}
