package flock.shim;

import flock.boot.Gate;
import flock.boot.Host;
import flock.boot.Policy;
import flock.boot.Port;
import flock.boot.Rights;
import flock.boot.Stop;
import flock.shim.call.Funclet;
import flock.shim.call.Spare;
import flock.shim.image.Image;
import flock.shim.loader.JarAncestry;
import flock.shim.rewrite.RewriteFault;
import flock.shim.rewrite.Rewriter;
import flock.shim.stream.SplitIn;
import flock.shim.stream.SplitOut;
import flock.shim.warm.Warmup;
import java.nio.ByteBuffer;

/**
 * The up-calls of the host, made on its own threads. Nothing here runs function code; what goes wrong is thrown and
 * the host takes it as a fault of its own.
 */
final class Shim {
    private static final Port PORT = Host.claim();
    private static final Stop STOP = new Stop();

    private Shim() {}

    /** Puts the streams in place and warms the way of a call. Called once, before the host says it is ready. */
    static void start() {
        System.setOut(new SplitOut(Gate.STDOUT, System.out));
        System.setErr(new SplitOut(Gate.STDERR, System.err));
        System.setIn(new SplitIn(System.in));
        Warmup.run();
    }

    /** Checks and indexes a mapped image; its funclets share the result. */
    static Object openImage(ByteBuffer image) {
        return new Image(image);
    }

    /** Looks whether the JVM may be given the classes of an image that was just made. */
    static void checkAncestry(ByteBuffer image) throws RewriteFault {
        JarAncestry.check(new Image(image));
    }

    /**
     * Makes a funclet. Loads none of its classes. The folder is its own, the policy as {@link Policy} reads it; the spare, if
     * there is one, holds its first lane.
     */
    static Object load(long funclet, Object image, String main, String env, String folder, String policy, Object spare) {
        return PORT.make(() -> new Funclet(PORT, funclet, (Image) image, main, env, new Rights(folder, Policy.of(policy)),
                (Spare) spare));
    }

    /** Makes and starts the first lane of a funclet that is not there yet. */
    static void spare(long funclet, long lane) {
        Spare.start(PORT, funclet, lane);
    }

    /** Makes and starts a lane of a funclet. */
    static Thread lane(Object funclet, long lane) {
        return ((Funclet) funclet).startLane(lane);
    }

    /** Makes and starts a lane of chains. */
    static Thread chainLane(long lane) {
        return Funclet.startChainLane(PORT, lane);
    }

    /** Closes a funclet: what lives of it is interrupted, and the shim keeps nothing of it. Gives its loader. */
    static Object unload(Object funclet, boolean isDeserted) {
        return ((Funclet) funclet).close(isDeserted);
    }

    /** What the host throws into a thread that has to end. */
    static Error stopError() {
        return STOP;
    }

    /** The funclet has to end: none of its threads gets past a handler any more. Allocates nothing. */
    static void condemn(Object funclet) {
        ((Funclet) funclet).condemn();
    }

    /** No thread of a condemned funclet lives any more. */
    static void buried(Object funclet) {
        ((Funclet) funclet).buried();
    }

    /** How much of the heap full collections leave free from now on: 0 nothing, 1 the most that is usual, 2 as usual. */
    static void keepFree(int how) {
        if (how == 0) {
            FreeHeap.none();
        } else if (how == 1) {
            FreeHeap.most();
        } else {
            FreeHeap.usual();
        }
    }

    /**
     * A class file as functions may have it, or null to leave it as it is. What cannot be read becomes an empty file,
     * which the JVM refuses when the class is asked for.
     */
    static byte[] rewrite(byte[] classFile) throws RewriteFault {
        try {
            byte[] rewritten = Rewriter.rewrite(classFile);
            return rewritten == classFile ? null : rewritten;
        } catch (RewriteFault fault) {
            if (fault.isUnreadable()) {
                return new byte[0];
            }
            throw fault;
        }
    }
}
