package flock.boot;

import java.io.FileDescriptor;
import java.nio.ByteBuffer;
import java.util.function.Supplier;

/**
 * What a lane and the gate need of the host. {@link Host} is the real one; the warm-up and the tests bring their own.
 */
public interface Port {
    /** Ties the calling thread to a lane and gives its buffer, direct and big endian. */
    ByteBuffer open(long lane);

    /** Replaces the thread's buffer by one of at least minBytes; 0 asks for the default size. */
    ByteBuffer resize(int minBytes);

    /** Waits, on a lane that was made ahead, until there is a funclet for it. Null: there will be none. */
    default Object funcletFor(long funclet, long lane, Object spare) {
        throw new UnsupportedOperationException("this host makes no lanes ahead");
    }

    /** Makes parts of a funclet, which only the host may. */
    default <T> T make(Supplier<T> maker) {
        return maker.get();
    }

    /** Hands over an answer and waits for the next request. Gives its length, or -1 when the lane ends. */
    int exchange(int status, int length, int totalBytes, int initMicros);

    /**
     * The same for a lane of chains: gives the funclet of the next hop, or null when the lane ends. The buffer then
     * begins with what the host wants of the hop and the length of its frame, four bytes each; the frame follows.
     */
    default Object hop(int status, int length, int totalBytes, int initMicros) {
        throw new UnsupportedOperationException("this host has no chains");
    }

    /** Begins a call of another action for the one that runs on the calling lane. Gives a ticket for its end. */
    default long ask(String action, byte[] payload) {
        throw new UnsupportedOperationException("this host has no calls between actions");
    }

    /**
     * Waits so long for the end of such a call. Null: it has not come. Else one byte, 0 for success, 1 for the action's
     * failure, 2 for a refusal, and the result as JSON.
     */
    default byte[] asked(long ticket, int millis) {
        throw new UnsupportedOperationException("this host has no calls between actions");
    }

    /**
     * Says that the calling lane begins to load and initialise its function (itself, or it waits for the lane that does), or has
     * ended that: the time limit starts anew.
     */
    void phase(boolean initialising, boolean own);

    /** Takes one line of output. */
    void line(long funclet, int stream, byte[] bytes, int offset, int length);

    /**
     * A thread of the funclet is about to be started. Gives -1 to go on, or the limit that it would break: the action's, or -2
     * less the namespace's.
     */
    int startThread(long funclet, Thread thread);

    /** May an array of that many bytes be made? When not, the host has taken the call and the thread must end. */
    boolean allows(long funclet, long bytes);

    /** A class file is about to be defined that counts as so many classes more than one. */
    void defines(long funclet, int more);

    /** Counts memory outside of the heap for as long as its holder lives. */
    void keep(long funclet, Object holder, long bytes);

    /** A socket is about to be made beside so many other channels. Gives -1 to go on, or the limit that it would break. */
    int openSocket(long funclet, int others);

    /** A socket was made. */
    void opened(long funclet, FileDescriptor socket);

    /** A watcher of folders is about to be made. Gives -1 to go on, or the limit that it would break. */
    default int openWatcher(long funclet) {
        return -1;
    }

    /** Descriptors of a watcher were opened, which nothing closes but the thread that they are for. One of them is a socket. */
    void opened(long funclet, int[] descriptors);

    /**
     * A file was opened, beside so many descriptors of folders; null: one more folder is about to be. Gives -1 to go on, or the limit of open
     * files, 0 for the host's, over which the file was closed again.
     */
    int openedFile(long funclet, FileDescriptor file, int others);

    /** Closes a folder that was opened for listing: the kernel's handle, and the descriptor beside it. */
    void closeFolder(long handle, int descriptor);

    /** A file is about to be opened for writing. Gives -1 to go on, or the limit that it would break. */
    int openFile(long funclet, String path);
}
