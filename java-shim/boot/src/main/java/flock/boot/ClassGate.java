package flock.boot;

import java.lang.invoke.LambdaMetafactory;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.InvocationHandler;
import java.nio.ByteBuffer;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.List;

/**
 * Hooks where a function defines classes at run time: they are rewritten as those of its jar were.
 *
 * The funclet's own loader is passed by, for its classes are rewritten already, and so are the loaders of the JDK and
 * of the host. What the JDK makes for itself (proxies, lambda forms) does not come this way.
 */
public final class ClassGate {
    private static final String FUNCLETS_OWN = "flock.shim.loader.FuncletLoader";
    private static final ClassLoader HOST = ClassLoader.getSystemClassLoader();
    private static final ClassLoader PLATFORM = ClassLoader.getPlatformClassLoader();

    /** Where LambdaMetafactory.altMetafactory has its flags, and behind them how many markers there are, and the markers. */
    private static final int FLAGS_AT = 3;
    private static final int MARKERS_AT = 5;

    private ClassGate() {}

    /** The class file to take in the place of this part of an array: rewritten, or the same array. */
    public static byte[] classFile(Object loader, byte[] bytes, int offset, int length) {
        Face face = isTrusted(loader) ? null : Gate.caller();
        if (face == null || bytes == null || offset < 0 || length < 0 || length > bytes.length - offset) {
            return bytes;
        }
        byte[] part = new byte[length];
        System.arraycopy(bytes, offset, part, 0, length);
        byte[] rewritten = rewritten(face, (ClassLoader) loader, part);
        return rewritten == part ? bytes : rewritten;
    }

    /** Where the class file begins in what the hook gave. */
    public static int offset(byte[] given, byte[] taken, int offset) {
        return given == taken ? offset : 0;
    }

    public static int length(byte[] given, byte[] taken, int length) {
        return given == taken ? length : taken.length;
    }

    /** A direct buffer of a function becomes a plain one, which ends in the other defineClass. */
    public static ByteBuffer buffer(Object loader, String name, ByteBuffer bytes, ProtectionDomain domain) {
        if (bytes == null || !bytes.isDirect() || isTrusted(loader) || Gate.caller() == null) {
            return bytes;
        }
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        return ByteBuffer.wrap(copy);
    }

    public static byte[] ofLookup(Object lookup, byte[] bytes) {
        Class<?> beside = ((MethodHandles.Lookup) lookup).lookupClass();
        Face face = bytes == null || isTrusted(beside) ? null : Gate.caller();
        return face == null ? bytes : rewritten(face, beside.getClassLoader(), bytes.clone());
    }

    private static byte[] rewritten(Face face, ClassLoader loader, byte[] classFile) {
        face.budget().defines(loader, classFile);
        Signatures.ask(face, ByteBuffer.wrap(classFile));
        return face.budget().rewrite(classFile);
    }

    public static byte[] ofLookup(Object lookup, byte[] bytes, boolean initialises, MethodHandles.Lookup.ClassOption[] options) {
        return ofLookup(lookup, bytes);
    }

    public static byte[] ofLookup(Object lookup, byte[] bytes, Object data, boolean initialises,
            MethodHandles.Lookup.ClassOption[] options) {
        return ofLookup(lookup, bytes);
    }

    /** A lambda of several interfaces: the JDK makes a class that has one method, whatever the others want. */
    public static void lambda(MethodHandles.Lookup lookup, String method, MethodType made, Object[] how) {
        boolean hasMarkers = how != null && how.length > MARKERS_AT && how[FLAGS_AT] instanceof Integer
                && ((Integer) how[FLAGS_AT] & LambdaMetafactory.FLAG_MARKERS) != 0;
        Face face = hasMarkers ? Gate.caller() : null;
        if (face == null) {
            return;
        }
        List<Class<?>> parents = new ArrayList<>();
        parents.add(made.returnType());
        for (int i = MARKERS_AT; i < how.length; i++) {
            if (how[i] instanceof Class) {
                parents.add((Class<?>) how[i]);
            }
        }
        face.budget().makes("of a lambda", parents);
    }

    /**
     * Whose a proxy is to be: a loader that all share would keep it for ever, so it is the function's own. An annotation of the JDK
     * has its one proxy where it is.
     */
    public static ClassLoader proxyLoader(ClassLoader loader, Class<?>[] interfaces) {
        Face face = Callers.isBuiltIn(loader) ? Gate.caller() : null;
        if (face == null || interfaces == null || isOneAnnotation(interfaces)) {
            return loader;
        }
        ClassLoader own = face.systemLoader();
        if (Callers.isBuiltIn(own)) {
            throw new IllegalArgumentException("a function cannot make proxies in a class loader that all share");
        }
        return own;
    }

    public static ClassLoader proxyLoader(ClassLoader loader, Class<?>[] interfaces, InvocationHandler handler) {
        return proxyLoader(loader, interfaces);
    }

    private static boolean isOneAnnotation(Class<?>[] interfaces) {
        Class<?> only = interfaces.length == 1 ? interfaces[0] : null;
        return only != null && only.isAnnotation() && Callers.isBuiltIn(only.getClassLoader());
    }

    private static boolean isTrusted(Class<?> type) {
        ClassLoader loader = type.getClassLoader();
        return loader == null || loader == HOST || loader == PLATFORM;
    }

    private static boolean isTrusted(Object loader) {
        if (loader == HOST || loader == PLATFORM) {
            return true;
        }
        Class<?> type = loader.getClass();
        return type.getClassLoader() == HOST && type.getName().equals(FUNCLETS_OWN);
    }
}
