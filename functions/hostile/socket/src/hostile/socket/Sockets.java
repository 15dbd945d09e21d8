// Waits on a socket that stays silent. It connects to a listener of its own on loopback. For ever, unless `millis` (1000 if not given; 0: none) sets a timeout.
// `how`: read, accept, udp, channel-read, channel-accept, datagram, select, write (fills the buffers of a peer that never reads), flood (opens `count` sockets, 10 if not
// given, and keeps them), leak (the same, but forgets them), catching (a flood that takes the refusal for noise),
// selectors (opens `count` selectors and pipes in turn, and keeps them).
package hostile.socket;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

public final class Sockets {
    private static final List<Object> KEPT = new ArrayList<>();

    private Sockets() {}

    public static JsonObject main(JsonObject args) throws Exception {
        String how = args.has("how") ? args.get("how").getAsString() : "read";
        int millis = args.has("millis") ? args.get("millis").getAsInt() : 1_000;
        int count = args.has("count") ? args.get("count").getAsInt() : 10;
        JsonObject result = new JsonObject();
        try {
            switch (how) {
                case "read", "accept", "udp", "write" -> plain(how, millis);
                case "channel-read", "channel-accept", "datagram", "select" -> channel(how, millis);
                case "flood", "leak" -> flood(how.equals("flood"), count);
                case "selectors" -> selectors(count);
                case "catching" -> result.addProperty("refused", stubborn(count));
                default -> throw new IllegalArgumentException("unknown 'how': " + how);
            }
        } catch (SocketTimeoutException expected) {
            result.addProperty("timeout", true);
        }
        result.addProperty("kept", KEPT.size());
        return result;
    }

    private static void plain(String how, int millis) throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        if (how.equals("udp")) {
            try (DatagramSocket socket = new DatagramSocket(0, loopback)) {
                socket.setSoTimeout(millis);
                socket.receive(new DatagramPacket(new byte[16], 16));
            }
            return;
        }
        try (ServerSocket listener = new ServerSocket(0, 1, loopback)) {
            listener.setSoTimeout(millis);
            if (how.equals("accept")) {
                listener.accept();
                return;
            }
            try (Socket socket = new Socket(loopback, listener.getLocalPort()); Socket peer = listener.accept()) {
                socket.setSoTimeout(millis);
                if (how.equals("read")) socket.getInputStream().read();
                long endNanos = millis == 0 ? Long.MAX_VALUE : System.nanoTime() + millis * 1_000_000L;
                closeAt(peer, endNanos);
                while (how.equals("write") && System.nanoTime() < endNanos) socket.getOutputStream().write(new byte[1 << 20]);
            } catch (SocketTimeoutException expected) {
                throw expected;
            } catch (IOException closed) {
                // The bound of a write that is stuck.
            }
        }
    }

    private static void closeAt(Socket peer, long endNanos) {
        if (endNanos == Long.MAX_VALUE) return;
        Thread thread = new Thread(() -> {
            try {
                while (System.nanoTime() < endNanos) Thread.sleep(10);
                peer.close();
            } catch (IOException | InterruptedException ended) {
                Thread.currentThread().interrupt();
            }
        }, "hostile-closer");
        thread.setDaemon(true);
        thread.start();
    }

    /** Channels have no timeout: the adaptor of each does. */
    private static void channel(String how, int millis) throws IOException {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        if (how.equals("datagram")) {
            try (DatagramChannel channel = DatagramChannel.open().bind(any)) {
                if (millis == 0) channel.receive(ByteBuffer.allocate(16));
                channel.socket().setSoTimeout(millis);
                channel.socket().receive(new DatagramPacket(new byte[16], 16));
            }
            return;
        }
        try (ServerSocketChannel listener = ServerSocketChannel.open().bind(any)) {
            switch (how) {
                case "channel-accept" -> {
                    if (millis == 0) listener.accept();
                    listener.socket().setSoTimeout(millis);
                    listener.socket().accept();
                }
                case "select" -> {
                    listener.configureBlocking(false);
                    try (Selector selector = Selector.open()) {
                        listener.register(selector, SelectionKey.OP_ACCEPT);
                        selector.select(millis);
                    }
                }
                default -> {
                    try (SocketChannel channel = SocketChannel.open(listener.getLocalAddress())) {
                        if (millis == 0) channel.read(ByteBuffer.allocate(16));
                        channel.socket().setSoTimeout(millis);
                        channel.socket().getInputStream().read();
                    }
                }
            }
        }
    }

    private static void selectors(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            KEPT.add(i % 2 == 0 ? Selector.open() : Pipe.open());
        }
    }

    private static void flood(boolean isKept, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            Object socket = switch (i % 3) {
                case 0 -> new DatagramSocket(0, InetAddress.getLoopbackAddress());
                case 1 -> new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                default -> SocketChannel.open();
            };
            if (isKept) KEPT.add(socket);
        }
    }

    private static String stubborn(int count) {
        String text = "";
        for (int i = 0; i < count; i++) {
            try {
                flood(true, 1);
            } catch (IOException refused) {
                text = refused.getMessage();
            }
        }
        return text;
    }
}
