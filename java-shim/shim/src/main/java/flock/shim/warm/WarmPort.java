package flock.shim.warm;

import flock.boot.Port;
import flock.shim.call.Funclet;
import java.io.FileDescriptor;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Plays the host to one lane: gives it each request of a list, some rounds over, and drops the answers. */
final class WarmPort implements Port {
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final int HEAD_BYTES = 48;
    private static final int HOP_HEAD_BYTES = 8;
    private static final int WRITES_AND_KEEPS = 6;
    private static final String[] PAYLOADS = {
        "{\"name\":\"w\u00e4rme\",\"list\":[1,2.5e3,true,null,\"a\\n\\u00e9\"],\"nested\":{\"deep\":{\"x\":-1}}}",
        "{\"text\":\"plain ascii text of some length, as most of what is sent\",\"number\":42}",
        "[{\"a\":1},[],\"z\"]",
    };
    private static final String FAILING = "{\"fail\":\"on purpose\"}";

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private Funclet host;
    private int left;
    private int lines;
    private int hops;

    WarmPort(int calls) {
        left = calls;
    }

    @Override
    public ByteBuffer open(long lane) {
        return buffer;
    }

    @Override
    public ByteBuffer resize(int minBytes) {
        throw new IllegalStateException("a warm request of " + minBytes + " bytes");
    }

    /** From now on its calls are hops in this funclet. */
    void visit(Funclet next) {
        host = next;
    }

    @Override
    public Object hop(int status, int length, int totalBytes, int initMicros) {
        int frameLength = request(HOP_HEAD_BYTES);
        if (frameLength < 0) {
            return null;
        }
        // The result is wanted as text, and for the next hop, which has a payload of its own all the same.
        hops++;
        buffer.putInt(0, WRITES_AND_KEEPS).putInt(4, frameLength);
        return host;
    }

    @Override
    public int exchange(int status, int length, int totalBytes, int initMicros) {
        return request(0);
    }

    private int request(int at) {
        if (left-- == 0) {
            return -1;
        }
        String payload = left == 0 ? FAILING : PAYLOADS[left % PAYLOADS.length];
        byte[] bytes = payload.getBytes(StandardCharsets.UTF_8);
        buffer.clear().position(at);
        buffer.put("00000000000000000000000000000000".getBytes(StandardCharsets.US_ASCII));
        buffer.putLong(Long.MAX_VALUE).putInt(BUFFER_BYTES).putShort((short) 0).putShort((short) 0).put(bytes);
        return HEAD_BYTES + bytes.length;
    }

    @Override
    public void phase(boolean initialising, boolean own) {}

    @Override
    public void line(long funclet, int stream, byte[] bytes, int offset, int length) {
        lines++;
    }

    @Override
    public int startThread(long funclet, Thread thread) {
        return -1;
    }

    @Override
    public boolean allows(long funclet, long bytes) {
        return true;
    }

    @Override
    public void defines(long funclet, int more) {}

    @Override
    public void keep(long funclet, Object holder, long bytes) {}

    @Override
    public int openSocket(long funclet, int others) {
        return -1;
    }

    @Override
    public void opened(long funclet, FileDescriptor socket) {}

    @Override
    public void opened(long funclet, int[] descriptors) {}

    @Override
    public int openedFile(long funclet, FileDescriptor file, int others) {
        return -1;
    }

    @Override
    public void closeFolder(long handle, int descriptor) {}

    @Override
    public int openFile(long funclet, String path) {
        return -1;
    }

    int hops() {
        return hops;
    }

    int lines() {
        return lines;
    }
}
