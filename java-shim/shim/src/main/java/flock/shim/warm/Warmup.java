package flock.shim.warm;

import flock.boot.Policy;
import flock.boot.Rights;
import flock.shim.call.Funclet;
import flock.shim.image.Image;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.Signature;
import java.util.UUID;
import java.util.logging.LogManager;

/**
 * Runs the whole way of a call a few times before the host says that it is ready: image, loader, first call, JSON both
 * ways, output, an error. It loads the shim's classes and the JDK's that it needs on a host thread, where nothing can
 * stop half-way, and takes the first slow calls off the first function.
 */
public final class Warmup {
    /**
     * Classes of the JDK, and one of the gate that looks for some of them, that functions are likely to be the first to touch. A stop that is on its way when such an
     * initialiser begins would leave the class dead for all.
     */
    private static final String[] EARLY = {
        "java.net.Socket", "java.net.ServerSocket", "java.net.DatagramSocket", "java.net.InetAddress",
        "java.net.InetSocketAddress", "java.net.URL", "sun.nio.ch.Net", "sun.nio.ch.IOUtil", "sun.nio.ch.NioSocketImpl",
        "java.nio.channels.SocketChannel", "java.nio.channels.Selector", "java.nio.channels.FileChannel",
        "java.nio.file.Files", "java.util.concurrent.ForkJoinPool", "java.util.concurrent.CompletableFuture",
        "java.util.concurrent.Executors", "java.util.concurrent.locks.ReentrantLock", "java.util.concurrent.locks.StampedLock",
        "java.util.regex.Pattern", "java.math.BigInteger", "java.math.BigDecimal", "java.util.Random",
        "java.util.concurrent.ThreadLocalRandom", "java.util.UUID", "java.time.ZonedDateTime", "java.util.Locale",
        "java.text.DecimalFormat", "java.util.Formatter", "java.util.stream.IntStream", "java.lang.reflect.Proxy",
        "java.io.ObjectInputStream", "java.util.zip.Inflater", "java.util.logging.Logger", "flock.boot.Arenas",
        // It keeps an error for all, and with that the classes of whoever it was made for.
        "javax.management.remote.JMXServiceURL"};
    private static final int FUNCLETS = 3;
    private static final int CALLS_EACH = 40;
    private static final long FUNCLET_NUMBER = -1;
    private static final long PATIENCE_MILLIS = 30_000;

    private Warmup() {}

    /** Fails when the function does not run: then nobody's would. */
    public static void run() {
        for (String name : EARLY) {
            try {
                Class.forName(name);
            } catch (ClassNotFoundException absent) {
                // Not every JDK has each.
            }
        }
        lookUp();
        makeAwtContext();
        // The JDK's own loggers are set up by whoever asks first.
        LogManager.getLogManager();
        for (int i = 0; i < FUNCLETS; i++) {
            WarmPort port = new WarmPort(CALLS_EACH);
            Image image = new Image(image());
            Funclet funclet = new Funclet(port, FUNCLET_NUMBER, image, WarmFunction.class.getName(), "",
                    new Rights(null, Policy.OPEN));
            WarmPort hops = new WarmPort(CALLS_EACH);
            hops.visit(funclet);
            try {
                funclet.startLane(FUNCLET_NUMBER).join(PATIENCE_MILLIS);
                Funclet.startChainLane(hops, FUNCLET_NUMBER).join(PATIENCE_MILLIS);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
            funclet.close(false);
            if (port.lines() == 0 || hops.hops() < CALLS_EACH) {
                throw new IllegalStateException("the warm-up's function did not run");
            }
        }
    }

    /** What nearly every function needs sooner or later, and what comes with it: classes that nobody names, in long rows. */
    private static void lookUp() {
        try {
            MessageDigest.getInstance("SHA-256").digest();
            Signature.getInstance("SHA256withRSA");
        } catch (NoSuchAlgorithmException absent) {
            // A JDK that is set up so.
        }
        UUID.randomUUID();
        // It looks for more of them than the JDK's own.
        Charset.isSupported("x-none");
    }

    /** AWT's one context keeps the context loader of the thread that makes it: a function's would never be unloaded. */
    private static void makeAwtContext() {
        try {
            Class.forName("sun.awt.AppContext").getMethod("getAppContext").invoke(null);
        } catch (ReflectiveOperationException absent) {
            // A JDK without java.desktop has none.
        }
    }

    private static ByteBuffer image() {
        String name = WarmFunction.class.getName().replace('.', '/') + ".class";
        byte[] path = name.getBytes(StandardCharsets.UTF_8);
        byte[] bytes;
        try (InputStream in = Warmup.class.getClassLoader().getResourceAsStream(name)) {
            bytes = in.readAllBytes();
        } catch (IOException unreadable) {
            throw new IllegalStateException("the shim's jar cannot be read", unreadable);
        }
        int start = 12 + 2 + path.length + 12;
        ByteBuffer image = ByteBuffer.allocateDirect(start + bytes.length);
        image.putInt(Image.MAGIC).putInt(Image.VERSION).putInt(1);
        image.putShort((short) path.length).put(path).putLong(start).putInt(bytes.length).put(bytes);
        return image.asReadOnlyBuffer();
    }
}
