package flock.boot;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.security.MessageDigest;
import java.security.ProviderException;

/**
 * Hooks of the JDK's usual source of random numbers, which is one for all and locked for as long as one call takes: 100 MiB of
 * seed would hold up everybody for a second. No lock is held here for more than a small piece, and between pieces the
 * thread may be stopped, which it may not be within. What comes of it is as random as before, so nobody is asked who he is.
 */
public final class SeedGate {
    private static final int PIECE_BYTES = 4096;
    /** What is longer is handed on as its digest: a seed adds to the state, of 20 bytes, and replaces nothing. */
    private static final int SEED_MAX = 64;
    /** Of the JDK's, whatever providers a function has. Only copies of it are used. */
    private static final MessageDigest DIGEST;
    private static final VarHandle SEEDS;
    private static final MethodHandle NEXT;

    static {
        try {
            DIGEST = MessageDigest.getInstance("SHA-512");
            Class<?> type = Class.forName("sun.security.provider.NativePRNG$RandomIO", false, null);
            MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(type, MethodHandles.lookup());
            SEEDS = lookup.findVarHandle(type, "seedIn", InputStream.class);
            NEXT = lookup.findVirtual(type, "implNextBytes", MethodType.methodType(void.class, byte[].class))
                    .asType(MethodType.methodType(void.class, Object.class, byte[].class));
            link();
        } catch (Throwable unknown) {
            throw new ExceptionInInitializerError(unknown);
        }
    }

    private SeedGate() {}

    /** No function is the first to use the handles. */
    private static void link() throws Throwable {
        try {
            generates(null, 1);
        } catch (NullPointerException linked) {
            // There is no source.
        }
        try {
            next(null, new byte[PIECE_BYTES + 1]);
        } catch (NullPointerException linked) {
            // The same.
        }
        digest(new byte[SEED_MAX + 1]);
    }

    /** RandomIO.implGenerateSeed: the stream needs no lock. */
    public static Object generates(Object source, int count) {
        if (count < 0) {
            return Gate.PASS;
        }
        InputStream in = (InputStream) SEEDS.get(source);
        byte[] seed = new byte[count];
        try {
            for (int at = 0; at < count;) {
                StopGate.begins();
                int got = in.read(seed, at, Math.min(PIECE_BYTES, count - at));
                if (got <= 0) {
                    throw new ProviderException("the source of seeds has ended");
                }
                at += got;
            }
        } catch (IOException broken) {
            throw new ProviderException("generateSeed() failed", broken);
        }
        return seed;
    }

    /** RandomIO.implSetSeed. */
    public static byte[] digest(Object source, byte[] seed) throws CloneNotSupportedException {
        return seed.length <= SEED_MAX ? seed : digest(seed);
    }

    private static byte[] digest(byte[] seed) throws CloneNotSupportedException {
        MessageDigest digest = (MessageDigest) DIGEST.clone();
        for (int at = 0; at < seed.length; at += PIECE_BYTES) {
            StopGate.begins();
            digest.update(seed, at, Math.min(PIECE_BYTES, seed.length - at));
        }
        return digest.digest();
    }

    /** RandomIO.implNextBytes: true when it was done in pieces. */
    public static boolean next(Object source, byte[] bytes) throws Throwable {
        if (bytes.length <= PIECE_BYTES) {
            return false;
        }
        byte[] piece = new byte[PIECE_BYTES];
        for (int at = 0; at < bytes.length; at += PIECE_BYTES) {
            StopGate.begins();
            NEXT.invokeExact(source, piece);
            System.arraycopy(piece, 0, bytes, at, Math.min(PIECE_BYTES, bytes.length - at));
        }
        return true;
    }
}
