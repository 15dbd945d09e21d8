// Is the first to ask the JDK for what it makes then and keeps for all, and leaves in it something of its own. `how`: take (leaves each; answers how each attempt ended), look (what a victim gets of each),
// kept (what came into the hands of who took), hosts (what JDK code tells of the host: its environment, properties, threads), output (writes `text` to the host's own descriptors, and closes them).
// The same jar is the attacker in one namespace and the victim in another. Answers: `refused: ...`, `absent`, or `got ...`.
package hostile.first;

import com.google.gson.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.rmi.server.LogStream;
import java.security.SecureRandom;
import java.security.Security;
import java.security.URIParameter;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.print.PrintServiceLookup;
import javax.rmi.ssl.SslRMIClientSocketFactory;
import javax.security.auth.login.Configuration;
import javax.tools.StandardLocation;
import javax.xml.stream.XMLInputFactory;

public final class First {
    private static final String NAME = "first.invalid";
    private static final int IDS = 2_000;
    private static final StringBuilder HEARD = new StringBuilder();

    private First() {}

    interface Attempt {
        Object run() throws Throwable;
    }

    public static JsonObject main(JsonObject args) {
        String how = args.has("how") ? args.get("how").getAsString() : "look";
        JsonObject result = new JsonObject();
        switch (how) {
            case "take" -> take(result);
            case "look" -> look(result);
            case "kept" -> {
                attempt(result, "heard", () -> HEARD.length() == 0 ? null : HEARD);
                attempt(result, "pixels", Desktop::kept);
            }
            case "hosts" -> hosts(result);
            case "output" -> output(result, args.get("text").getAsString());
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        return result;
    }

    static void attempt(JsonObject result, String name, Attempt attempt) {
        try {
            Object got = attempt.run();
            result.addProperty(name, got == null ? "absent" : "got " + got);
        } catch (Throwable refused) {
            StringBuilder why = new StringBuilder("refused: ");
            Throwable at = refused;
            for (int i = 0; at != null && i < 8; i++, at = at.getCause()) why.append(at).append("; ");
            result.addProperty(name, why.toString());
        }
    }

    @SuppressWarnings("deprecation")
    private static void take(JsonObject result) {
        attempt(result, "resolver", First::resolver);
        attempt(result, "numbers", () -> RandomGenerator.of("Numbers"));
        attempt(result, "seeds", () -> {
            Security.insertProviderAt(new Numbers.Foreseen(), 1);
            return Arrays.toString(new SecureRandom().generateSeed(2)) + " " + SecureRandom.getSeed(2).length;
        });
        attempt(result, "sockets", () -> {
            SSLContext.setDefault(new Trusted());
            return connected();
        });
        attempt(result, "log", () -> {
            LogStream.log("first").setOutputStream(new OutputStream() {
                @Override
                public void write(int b) {
                    HEARD.append((char) b);
                }
            });
            return "set";
        });
        attempt(result, "lines", () -> {
            System.setIn(new ByteArrayInputStream("one\nsecret\n".getBytes()));
            return line();
        });
        attempt(result, "preferences", Desktop::preferences);
        attempt(result, "location", () -> StandardLocation.locationFor("FIRST"));
        attempt(result, "printers", () -> PrintServiceLookup.lookupPrintServices(null, null).length);
        Desktop.take(result);
    }

    @SuppressWarnings("deprecation")
    private static void look(JsonObject result) {
        attempt(result, "resolver", () -> InetAddress.getByName(NAME));
        attempt(result, "numbers", () -> RandomGeneratorFactory.all().anyMatch(each -> each.name().equals("Numbers")) ? "taken"
                : RandomGenerator.of("L64X128MixRandom").getClass().getSimpleName());
        attempt(result, "seeds", () -> Arrays.equals(SecureRandom.getSeed(8), new byte[] {7, 7, 7, 7, 7, 7, 7, 7}) ? "foreseen" : null);
        attempt(result, "sockets", First::connected);
        attempt(result, "log", () -> {
            LogStream.log("first").println("secret");
            return "said";
        });
        attempt(result, "lines", First::line);
        Desktop.look(result);
    }

    /** JDK 18 and later look for it by the context loader, so that one is made: the classes of this jar are older. */
    private static Object resolver() throws Exception {
        if (Runtime.version().feature() < 18) return null;
        Path folder = Files.createDirectories(Path.of("resolver/META-INF/services")).getParent().getParent().toAbsolutePath();
        Files.writeString(folder.resolve("META-INF/services/java.net.spi.InetAddressResolverProvider"), "Resolving");
        Path source = Files.writeString(folder.resolve("Resolving.java"), """
                import java.net.InetAddress;
                import java.net.UnknownHostException;
                import java.net.spi.InetAddressResolver;
                import java.net.spi.InetAddressResolverProvider;
                import java.util.stream.Stream;
                public class Resolving extends InetAddressResolverProvider implements InetAddressResolver {
                    public InetAddressResolver get(Configuration configuration) { return this; }
                    public String name() { return "Resolving"; }
                    public Stream<InetAddress> lookupByName(String host, LookupPolicy policy) throws UnknownHostException {
                        return Stream.of(InetAddress.getByAddress(host, new byte[] {8, 8, 8, 8}));
                    }
                    public String lookupByAddress(byte[] address) { return "taken"; }
                }
                """);
        int status = javax.tools.ToolProvider.getSystemJavaCompiler().run(null, null, null, "-d", folder.toString(), source.toString());
        if (status != 0) throw new IllegalStateException("not compiled");
        Thread.currentThread().setContextClassLoader(new URLClassLoader(new URL[] {folder.toUri().toURL()}, First.class.getClassLoader()));
        try {
            return InetAddress.getByName(NAME);
        } finally {
            Thread.currentThread().setContextClassLoader(First.class.getClassLoader());
        }
    }

    private static Object connected() throws IOException {
        try (Socket socket = new SslRMIClientSocketFactory().createSocket("127.0.0.1", 1)) {
            return socket;
        }
    }

    /** Of JDK 25 and later. */
    private static Object line() throws ReflectiveOperationException {
        return Runtime.version().feature() < 25 ? null : Class.forName("java.lang.IO").getMethod("readln").invoke(null);
    }

    private static void hosts(JsonObject result) {
        attempt(result, "environment", () -> {
            var names = new java.util.TreeSet<>(new ProcessBuilder("none").environment().keySet());
            names.removeIf(name -> name.startsWith("__OW_") || name.startsWith("__FLOCK_"));
            return names.isEmpty() ? null : names;
        });
        attempt(result, "classPathByFactory", () -> XMLInputFactory.newFactory("java.class.path", First.class.getClassLoader()) == null ? null : "made");
        attempt(result, "classPathByLogin", () -> {
            Path file = Files.writeString(Path.of("login.conf"), "x { a.B required of=\"${java.class.path}\"; };");
            Object of = Configuration.getInstance("JavaLoginConfig", new URIParameter(file.toUri()))
                    .getAppConfigurationEntry("x")[0].getOptions().get("of");
            return "".equals(of) ? null : of;
        });
        attempt(result, "classPathByLibrary", () -> Security.getProvider("SunPKCS11").configure("--name=a\nlibrary=${java.class.path}/x"));
        attempt(result, "times", () -> {
            var bean = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
            long own = Arrays.stream(bean.getAllThreadIds()).count();
            long[] ids = java.util.stream.LongStream.rangeClosed(1, IDS).toArray();
            long seen = Arrays.stream(ids).filter(id -> bean.getThreadCpuTime(id) >= 0 || bean.getThreadUserTime(id) >= 0).count();
            long all = Math.max(seen, Math.max(Arrays.stream(bean.getThreadCpuTime(ids)).filter(time -> time >= 0).count(),
                    Arrays.stream(bean.getThreadAllocatedBytes(ids)).filter(bytes -> bytes >= 0).count()));
            return all <= own ? null : all + " of " + own;
        });
    }

    private static void output(JsonObject result, String text) {
        byte[] line = (text + "\n").getBytes();
        for (FileDescriptor each : new FileDescriptor[] {FileDescriptor.out, FileDescriptor.err}) {
            String name = each == FileDescriptor.out ? "out" : "err";
            attempt(result, name, () -> {
                try (FileOutputStream stream = new FileOutputStream(each)) {
                    stream.write(line);
                    stream.getChannel().write(ByteBuffer.wrap(line));
                }
                return "written";
            });
        }
    }

    /** Its sockets say that they were used. */
    private static final class Trusted extends SSLContext {
        Trusted() {
            super(new Spi(), null, "TLS");
        }
    }

    private static final class Spi extends javax.net.ssl.SSLContextSpi {
        @Override
        protected void engineInit(javax.net.ssl.KeyManager[] keys, javax.net.ssl.TrustManager[] trust, SecureRandom random) {}

        @Override
        protected SSLSocketFactory engineGetSocketFactory() {
            return new Sockets();
        }

        @Override
        protected javax.net.ssl.SSLServerSocketFactory engineGetServerSocketFactory() {
            return null;
        }

        @Override
        protected javax.net.ssl.SSLEngine engineCreateSSLEngine() {
            return null;
        }

        @Override
        protected javax.net.ssl.SSLEngine engineCreateSSLEngine(String host, int port) {
            return null;
        }

        @Override
        protected javax.net.ssl.SSLSessionContext engineGetServerSessionContext() {
            return null;
        }

        @Override
        protected javax.net.ssl.SSLSessionContext engineGetClientSessionContext() {
            return null;
        }
    }

    private static final class Sockets extends SSLSocketFactory {
        @Override
        public String[] getDefaultCipherSuites() {
            return new String[0];
        }

        @Override
        public String[] getSupportedCipherSuites() {
            return new String[0];
        }

        @Override
        public Socket createSocket(Socket socket, String host, int port, boolean closes) throws IOException {
            throw new IOException("taken");
        }

        @Override
        public Socket createSocket(String host, int port) throws IOException {
            throw new IOException("taken");
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress from, int fromPort) throws IOException {
            throw new IOException("taken");
        }

        @Override
        public Socket createSocket(InetAddress host, int port) throws IOException {
            throw new IOException("taken");
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress from, int fromPort) throws IOException {
            throw new IOException("taken");
        }
    }
}
