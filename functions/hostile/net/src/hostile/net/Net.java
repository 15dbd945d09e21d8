// Uses the network. `how`: connect (to `host`, 127.0.0.1 if not given, and `port`, in every way that Java has), listen (in every way), addresses (tells for each of `addresses` whether
// a connection to it is refused by the host; the test names only those that must be), idle (fetches `http://host:port/` by HttpURLConnection and answers the text),
// resolve (asks for the addresses of `name`). Answers how each attempt ended: `refused: ...` or `got ...`.
package hostile.net;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.MulticastSocket;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

public final class Net {
    private static final int MILLIS = 200;

    private Net() {}

    private interface Attempt {
        Object run() throws Throwable;
    }

    public static JsonObject main(JsonObject args) throws Exception {
        String how = args.has("how") ? args.get("how").getAsString() : "connect";
        String host = args.has("host") ? args.get("host").getAsString() : "127.0.0.1";
        int port = args.has("port") ? args.get("port").getAsInt() : 1;
        JsonObject result = new JsonObject();
        switch (how) {
            case "connect" -> connect(result, host, port);
            case "listen" -> listen(result);
            case "addresses" -> {
                for (JsonElement address : args.getAsJsonArray("addresses")) addressed(result, address.getAsString());
            }
            case "idle" -> attempt(result, "answer", () -> {
                InputStream in = URI.create("http://" + host + ":" + port + "/").toURL().openConnection().getInputStream();
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
            });
            case "resolve" -> attempt(result, "addresses", () -> InetAddress.getAllByName(args.get("name").getAsString()).length);
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        return result;
    }

    private static void attempt(JsonObject result, String name, Attempt attempt) {
        try {
            result.addProperty(name, "got " + attempt.run());
        } catch (Throwable refused) {
            StringBuilder why = new StringBuilder("refused: ");
            for (Throwable at = refused; at != null; at = at.getCause()) why.append(at).append("; ");
            result.addProperty(name, why.toString());
        }
    }

    private static void connect(JsonObject result, String host, int port) {
        InetSocketAddress to = new InetSocketAddress(host, port);
        URI uri = URI.create("http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port + "/");
        attempt(result, "socket", () -> {
            try (Socket socket = new Socket(host, port)) {
                return socket.isConnected();
            }
        });
        attempt(result, "socketByAddress", () -> {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getByAddress("public.example", to.getAddress().getAddress()), port), MILLIS);
                return socket.isConnected();
            }
        });
        attempt(result, "socketWithoutProxy", () -> {
            try (Socket socket = new Socket(Proxy.NO_PROXY)) {
                socket.connect(to);
                return socket.isConnected();
            }
        });
        attempt(result, "socks", () -> {
            try (Socket socket = new Socket(new Proxy(Proxy.Type.SOCKS, to))) {
                socket.connect(InetSocketAddress.createUnresolved("example.org", 80), MILLIS);
                return socket.isConnected();
            }
        });
        attempt(result, "channel", () -> {
            try (SocketChannel channel = SocketChannel.open(to)) {
                return channel.isConnected();
            }
        });
        attempt(result, "channelLater", () -> {
            try (SocketChannel channel = SocketChannel.open()) {
                channel.configureBlocking(false);
                return channel.connect(to) || channel.finishConnect() || true;
            }
        });
        attempt(result, "async", () -> {
            try (AsynchronousSocketChannel channel = AsynchronousSocketChannel.open()) {
                return channel.connect(to).get();
            }
        });
        attempt(result, "datagram", () -> {
            try (DatagramSocket socket = new DatagramSocket()) {
                socket.send(new DatagramPacket(new byte[1], 1, to));
                return "sent";
            }
        });
        attempt(result, "datagramConnected", () -> {
            try (DatagramSocket socket = new DatagramSocket()) {
                socket.connect(to);
                return "connected";
            }
        });
        attempt(result, "datagramChannel", () -> {
            try (DatagramChannel channel = DatagramChannel.open()) {
                return channel.send(ByteBuffer.allocate(1), to);
            }
        });
        attempt(result, "datagramChannelConnected", () -> {
            try (DatagramChannel channel = DatagramChannel.open()) {
                return channel.connect(to).isConnected();
            }
        });
        attempt(result, "url", () -> uri.toURL().openStream().readAllBytes().length);
        attempt(result, "urlByProxy", () -> {
            HttpURLConnection connection = (HttpURLConnection) URI.create("http://example.org/").toURL()
                    .openConnection(new Proxy(Proxy.Type.HTTP, to));
            connection.setConnectTimeout(MILLIS);
            return connection.getResponseCode();
        });
        attempt(result, "client", () -> HttpClient.newHttpClient().send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString()).statusCode());
        attempt(result, "clientAsync", () -> HttpClient.newHttpClient().sendAsync(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.discarding())
                .get().statusCode());
        attempt(result, "ftp", () -> URI.create("ftp://" + uri.getAuthority() + "/x").toURL().openStream().read());
        attempt(result, "pool", () -> CompletableFuture.supplyAsync(() -> {
            try (Socket socket = new Socket(host, port)) {
                return socket.isConnected();
            } catch (IOException refused) {
                throw new java.io.UncheckedIOException(refused);
            }
        }).get());
        attempt(result, "thread", () -> {
            String[] ended = new String[1];
            Thread thread = new Thread(() -> {
                try (Socket socket = new Socket(host, port)) {
                    ended[0] = socket.isConnected() ? "connected" : "not";
                } catch (IOException refused) {
                    ended[0] = refused.getMessage();
                }
            });
            thread.start();
            thread.join();
            if (!"connected".equals(ended[0])) throw new IOException(ended[0]);
            return ended[0];
        });
        attempt(result, "naming", () -> {
            java.util.Hashtable<String, String> where = new java.util.Hashtable<>();
            where.put("java.naming.factory.initial", "com.sun.jndi.ldap.LdapCtxFactory");
            where.put("java.naming.provider.url", "ldap://" + uri.getAuthority());
            where.put("com.sun.jndi.ldap.connect.timeout", "200");
            where.put("com.sun.jndi.ldap.read.timeout", "200");
            return new javax.naming.directory.InitialDirContext(where).getNameInNamespace();
        });
        attempt(result, "reachable", () -> {
            if (!InetAddress.getByName(host).isReachable(MILLIS)) throw new IOException("not reachable, and not refused");
            return true;
        });
    }

    private static void listen(JsonObject result) {
        InetSocketAddress any = new InetSocketAddress("127.0.0.1", 0);
        attempt(result, "server", () -> new ServerSocket(0).getLocalPort());
        attempt(result, "serverChannel", () -> ServerSocketChannel.open().bind(any));
        attempt(result, "asyncServer", () -> AsynchronousServerSocketChannel.open().bind(any));
        attempt(result, "tls", () -> javax.net.ssl.SSLServerSocketFactory.getDefault().createServerSocket(0).getLocalPort());
        attempt(result, "http", () -> com.sun.net.httpserver.HttpServer.create(any, 0).getAddress());
        attempt(result, "registry", () -> java.rmi.registry.LocateRegistry.createRegistry(0));
        attempt(result, "datagramPort", () -> new DatagramSocket(34_567).getLocalPort());
        attempt(result, "socketPort", () -> {
            Socket socket = new Socket();
            socket.bind(new InetSocketAddress("127.0.0.1", 34_568));
            return socket.getLocalPort();
        });
        attempt(result, "multicast", () -> {
            MulticastSocket socket = new MulticastSocket();
            socket.joinGroup(new InetSocketAddress("224.0.0.251", 0), null);
            return "joined";
        });
        attempt(result, "file", () -> ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(Path.of("own.socket").toAbsolutePath())));
        attempt(result, "fileOfOthers", () -> SocketChannel.open(UnixDomainSocketAddress.of("/run/docker.sock")));
    }

    /** Whether the kernel is asked at all; what it says does not matter, and is not waited for. */
    private static void addressed(JsonObject result, String address) {
        try (SocketChannel channel = SocketChannel.open()) {
            channel.configureBlocking(false);
            channel.connect(new InetSocketAddress(InetAddress.getByName(address), 9));
            result.addProperty(address, "tried");
        } catch (IOException refused) {
            boolean isHosts = String.valueOf(refused.getMessage()).startsWith("a function cannot connect");
            result.addProperty(address, isHosts ? "refused" : "tried: " + refused);
        }
    }
}
