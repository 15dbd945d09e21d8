package flock.shim.gate;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import flock.shim.call.CallTest;
import flock.shim.testing.TestHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.zip.Deflater;
import org.junit.Test;

/** Sockets, files for writing, memory outside of the heap, processes, and classes made at run time. */
public final class BelongingsTest {
    private static TestHost host(String body, String... members) {
        return CallTest.host(new String[0], body, members);
    }

    private static String refused(String body) {
        return "try { " + body + " } catch (Throwable e) { in.addProperty(\"e\", e.getClass().getName() + \": \" + e.getMessage()); } "
                + "return in;";
    }

    private static final String[] SOCKETS = {
        "new java.net.Socket().setTcpNoDelay(true);", "new java.net.ServerSocket(0);", "new java.net.DatagramSocket();",
        "new java.net.MulticastSocket(0);", "java.nio.channels.SocketChannel.open();", "java.nio.channels.ServerSocketChannel.open();",
        "java.nio.channels.DatagramChannel.open();", "java.nio.channels.AsynchronousSocketChannel.open();",
        "java.nio.channels.SocketChannel.open(java.net.StandardProtocolFamily.UNIX);",
    };

    @Test
    public void socketsAreCountedOnce() {
        for (String socket : SOCKETS) {
            try (TestHost host = host(socket + " return in;")) {
                assertEquals(socket, "0 {}", host.call("{}").toString());
                assertEquals(socket, 1, host.sockets.size());
                assertTrue(socket, host.sockets.get(0).valid());
            }
        }
    }

    @Test
    public void acceptedSocketsAreCounted() {
        String[] bodies = {
            "var s = new java.net.ServerSocket(0, 5, java.net.InetAddress.getLoopbackAddress()); var c = new java.net.Socket(s."
                    + "getInetAddress(), s.getLocalPort()); s.accept();",
            "var s = new java.net.ServerSocket(0, 5, java.net.InetAddress.getLoopbackAddress()); var c = new java.net.Socket(s."
                    + "getInetAddress(), s.getLocalPort()); s.setSoTimeout(10000); s.accept();",
            "var s = java.nio.channels.ServerSocketChannel.open().bind(new java.net.InetSocketAddress(\"127.0.0.1\", 0)); var c = "
                    + "java.nio.channels.SocketChannel.open(s.getLocalAddress()); s.accept();",
            "var s = java.nio.channels.AsynchronousServerSocketChannel.open().bind(new java.net.InetSocketAddress(\"127.0.0.1\", 0)); "
                    + "var c = java.nio.channels.SocketChannel.open(s.getLocalAddress()); s.accept().get();",
        };
        for (String body : bodies) {
            try (TestHost host = host(body + " return in;")) {
                assertEquals(body, "0 {}", host.call("{}").toString());
                assertEquals(body, 3, host.sockets.stream().distinct().count());
                assertEquals(body, 3, host.sockets.size());
            }
        }
    }

    @Test
    public void theLimitOfSocketsIsAnErrorThatNamesIt() {
        for (String socket : SOCKETS) {
            try (TestHost host = host(refused(socket))) {
                host.socketsLimit = 0;
                assertEquals(socket, "0 {\"e\":\"java.net.SocketException: Too many open sockets: the limit of 0 sockets of the "
                        + "action is reached\"}", host.call("{}").toString());
            }
        }
    }

    @Test
    public void filesForWritingAreAnnounced() throws Exception {
        Path folder = Files.createTempDirectory("flock-gate");
        String file = "new File(\"" + folder + "/f\")";
        String[] bodies = {
            "new FileOutputStream(F).close();", "new FileOutputStream(F, true).close();", "new FileWriter(F).close();",
            "new PrintStream(F).close();", "new RandomAccessFile(F, \"rw\").close();", "F.delete(); F.createNewFile();",
            "java.nio.file.Files.newOutputStream(F.toPath()).close();", "java.nio.file.Files.writeString(F.toPath(), \"x\");",
            "java.nio.channels.FileChannel.open(F.toPath(), java.nio.file.StandardOpenOption.APPEND).close();",
            "java.nio.channels.AsynchronousFileChannel.open(F.toPath(), java.nio.file.StandardOpenOption.WRITE).close();",
            "java.nio.file.Files.copy(F.toPath(), F.toPath(), java.nio.file.StandardCopyOption.REPLACE_EXISTING);",
            "java.nio.file.Files.move(F.toPath(), F.toPath());",
        };
        for (String body : bodies) {
            try (TestHost host = host(body.replace("F)", file + ")").replace("F.", file + ".").replace("F,", file + ",") + " return in;")) {
                assertEquals(body, "0 {}", host.call("{}").toString());
                assertEquals(body, Set.of(folder + "/f"), Set.copyOf(host.files));
                host.files.clear();
                host.filesLimit = 0;
                String answer = host.call("{}").text;
                assertTrue(body + answer, answer.contains("Too many files: the limit of 0 files and folders of the action is reached"));
            }
        }
        for (String body : new String[] {"new FileInputStream(F).close();", "new RandomAccessFile(F, \"r\").close();",
            "java.nio.file.Files.readAllBytes(F.toPath());"}) {
            try (TestHost host = host(body.replace("F)", file + ")").replace("F.", file + ".").replace("F,", file + ",") + " return in;")) {
                host.filesLimit = 0;
                assertEquals(body, "0 {}", host.call("{}").toString());
            }
        }
        Files.delete(folder.resolve("f"));
        Files.delete(folder);
    }

    @Test
    public void memoryOutsideOfTheHeapIsHeld() {
        long deflater = 268 * 1024;
        holds("java.nio.ByteBuffer.allocateDirect(1000);", 1000L);
        holds("new java.util.zip.Deflater();", deflater);
        holds("new java.util.zip.Deflater(1, true);", deflater);
        holds("new java.util.zip.Inflater();", 40 * 1024L);
        holds("new java.util.zip.GZIPOutputStream(new ByteArrayOutputStream());", deflater);
        if (Runtime.version().feature() >= 22) {
            for (String kind : new String[] {"ofAuto", "ofConfined", "ofShared", "global"}) {
                holds("Class<?> k = Class.forName(\"java.lang.foreign.Arena\"); k.getMethod(\"allocate\", long.class, long.class).invoke("
                        + "k.getMethod(\"" + kind + "\").invoke(null), 5000L, 8L);", 5000L);
            }
        }
        new Deflater().end();
    }

    private static void holds(String body, Long bytes) {
        try (TestHost host = host(body + " return in;")) {
            assertEquals(body, "0 {}", host.call("{}").toString());
            assertEquals(body, List.of(bytes), host.held);
        }
    }

    @Test
    public void processesAreRefused() {
        for (String body : new String[] {"new ProcessBuilder(\"true\").start();", "Runtime.getRuntime().exec(\"true\");",
            "ProcessBuilder.startPipeline(List.of(new ProcessBuilder(\"true\")));"}) {
            try (TestHost host = host(refused(body))) {
                assertEquals("0 {\"e\":\"java.lang.UnsupportedOperationException: a function cannot start processes\"}",
                        host.call("{}").toString());
            }
        }
    }

    @Test
    public void hooksOfFunctionsAreNotKept() {
        try (TestHost host = host("Thread t = new Thread(() -> { }); Runtime.getRuntime().addShutdownHook(t); in.addProperty(\"r\", "
                + "Runtime.getRuntime().removeShutdownHook(t)); new File(\"f\").deleteOnExit(); System.gc(); return in;")) {
            assertEquals("0 {\"r\":false}", host.call("{}").toString());
        }
    }

    /** A loop that nobody could stop if its class came in another way than the jar. */
    @Test
    public void classesMadeAtRunTimeAreRewritten() throws Exception {
        String loop = "for (;;) try { throw new Exception(); } catch (Throwable t) { }";
        byte[] plain = flock.shim.testing.Definer.compiled("public class L implements Runnable { public void run() { " + loop + " } }")
                .get("L.class");
        String bytes = "byte[] b = Base64.getDecoder().decode(\"" + java.util.Base64.getEncoder().encodeToString(plain) + "\"); ";
        String[] ways = {
            "Class<?> c = new ClassLoader(C.class.getClassLoader()) { Class<?> d() { return defineClass(null, b, 0, b.length); } }.d();",
            "byte[] w = new byte[b.length + 10]; System.arraycopy(b, 0, w, 7, b.length); Class<?> c = new ClassLoader(null) { Class<?> "
                    + "d() { return defineClass(\"L\", w, 7, b.length); } }.d();",
            "var n = java.nio.ByteBuffer.allocateDirect(b.length).put(b).flip(); Class<?> c = new ClassLoader() { Class<?> d() { return "
                    + "defineClass(null, n, null); } }.d();",
            "Class<?> c = new java.security.SecureClassLoader() { Class<?> d() { return defineClass(null, java.nio.ByteBuffer.wrap(b), "
                    + "(java.security.CodeSource) null); } }.d();",
            "Class<?> c = java.lang.invoke.MethodHandles.lookup().defineClass(b);",
            "Class<?> c = java.lang.invoke.MethodHandles.lookup().defineHiddenClass(b, true).lookupClass();",
            "Class<?> c = java.lang.invoke.MethodHandles.lookup().defineHiddenClassWithClassData(b, \"x\", false).lookupClass();",
        };
        for (String way : ways) {
            try (TestHost host = host(bytes + way + " ((Runnable) c.getDeclaredConstructor().newInstance()).run(); return in;")) {
                host.send(1, "{}");
                Thread.sleep(300);
                assertTrue(way + host.answerWithin(1, 1), host.thread(1).isAlive());
                host.funclet().condemn();
                host.thread(1).join(10_000);
                assertFalse(way, host.thread(1).isAlive());
                host.funclet().buried();
            }
        }
    }

    @Test
    public void theGuardCannotBeReplaced() {
        byte[] own = flock.shim.testing.Definer.compiled("package flock.boot; public class Guard { public static void caught(Object o) "
                + "{ } }").get("flock/boot/Guard.class");
        try (TestHost host = host("byte[] b = Base64.getDecoder().decode(\"" + java.util.Base64.getEncoder().encodeToString(own) + "\"); "
                + refused("new ClassLoader(null) { Class<?> d() { return defineClass(null, b, 0, b.length); } }.d();"))) {
            assertEquals("0 {\"e\":\"java.lang.ClassFormatError: the class flock.boot.Guard is the host's\"}", host.call("{}").toString());
        }
    }
}
