package flock.boot;

import java.nio.ByteBuffer;

/**
 * What a lane needs of the host. {@link Host} is the real one; the warm-up and the tests bring their own.
 */
public interface Port {
    /** Ties the calling thread to a lane and gives its buffer, direct and big endian. */
    ByteBuffer open(long lane);

    /** Replaces the thread's buffer by one of at least minBytes; 0 asks for the default size. */
    ByteBuffer resize(int minBytes);

    /** Hands over an answer and waits for the next request. Gives its length, or -1 when the lane ends. */
    int exchange(int status, int length, int totalBytes, int initMicros);

    /** Says that the calling lane begins to load and initialise its function, or has ended that: the time limit starts anew. */
    void phase(boolean initialising);

    /** Takes one line of output. */
    void line(long funclet, int stream, byte[] bytes, int offset, int length);
}
