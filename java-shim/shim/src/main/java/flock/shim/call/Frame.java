package flock.shim.call;

import com.google.gson.JsonElement;
import flock.boot.Port;
import flock.shim.json.Reader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The buffer that a lane shares with the host, and the bytes of the request that came through it.
 *
 * The request is copied out at once, so a buffer that one large request made grow is given back before the function
 * runs. An answer that does not fit makes it grow again.
 */
final class Frame {
    private static final int HOP_HEAD_BYTES = 8;
    private static final int LARGE_BUFFER_BYTES = 1024 * 1024;
    private static final int KEPT_REQUEST_BYTES = 256 * 1024;
    private static final int FIRST_REQUEST_BYTES = 2 * 1024;
    private static final int LONGEST_TEXT_BYTES = 16 * 1024;

    private final Port port;
    private ByteBuffer buffer;
    private byte[] in = new byte[FIRST_REQUEST_BYTES];
    private int inLength;
    private int length;
    private int totalBytes;

    Frame(Port port) {
        this.port = port;
    }

    void open(long lane) {
        buffer = port.open(lane);
    }

    /** Hands over the answer that was put and waits for the next request. Gives its length, or -1. */
    int exchange(int status, int initMicros) {
        return port.exchange(status, length, totalBytes, initMicros);
    }

    /** The same on a lane of chains. Gives the funclet of the next hop, or null. */
    Object hop(int status, int initMicros) {
        return port.hop(status, length, totalBytes, initMicros);
    }

    /** What the host wants of the hop that came last. */
    int wishes() {
        return buffer.getInt(0);
    }

    Request takeHop() {
        return take(HOP_HEAD_BYTES, buffer.getInt(4));
    }

    Request take(int requestLength) {
        return take(0, requestLength);
    }

    /** Is there a payload behind the head? */
    boolean hasPayload(int offset) {
        return inLength > offset;
    }

    private Request take(int from, int requestLength) {
        if (from + requestLength > buffer.capacity()) {
            buffer = port.resize(from + requestLength);
        }
        if (in.length < requestLength) {
            in = new byte[Math.max(requestLength, in.length * 2)];
        }
        buffer.get(from, in, 0, requestLength);
        inLength = requestLength;
        if (buffer.capacity() > LARGE_BUFFER_BYTES) {
            buffer = port.resize(0);
        }
        return new Request(in, requestLength);
    }

    JsonElement read(Reader reader, int offset) {
        return reader.read(in, offset, inLength - offset);
    }

    void put(byte[] bytes, int count, int wholeBytes) {
        if (count > buffer.capacity()) {
            buffer = port.resize(count);
        }
        buffer.put(0, bytes, 0, count);
        length = count;
        totalBytes = wholeBytes;
    }

    /** There is nothing to put: the host asked for none. */
    void putNothing() {
        length = 0;
        totalBytes = 0;
    }

    /** Puts a text, cut at a whole character when it is too long. */
    void put(String text) {
        String bounded = text.length() > LONGEST_TEXT_BYTES ? text.substring(0, LONGEST_TEXT_BYTES) : text;
        byte[] bytes = bounded.getBytes(StandardCharsets.UTF_8);
        int end = Math.min(bytes.length, LONGEST_TEXT_BYTES);
        while (end < bytes.length && end > 0 && (bytes[end] & 0xc0) == 0x80) {
            end--;
        }
        put(bytes, end, end);
    }

    /** Gives back the memory of a large request. */
    void trim() {
        if (in.length > KEPT_REQUEST_BYTES) {
            in = new byte[FIRST_REQUEST_BYTES];
        }
    }
}
