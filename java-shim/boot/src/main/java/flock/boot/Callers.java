package flock.boot;

import java.util.Iterator;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Finds out by the stack who calls: for threads that belong to no funclet (workers of a JVM-wide pool, virtual
 * threads), and for the question whether function code or JDK code asks.
 *
 * Hidden frames are shown, because a method reference that a function hands to a pool has no other frame.
 */
final class Callers {
    private static final int LOADERS_UP = 16;

    private static final StackWalker WALKER = StackWalker.getInstance(
            java.util.Set.of(StackWalker.Option.RETAIN_CLASS_REFERENCE, StackWalker.Option.SHOW_HIDDEN_FRAMES));

    private static final Function<Stream<StackWalker.StackFrame>, Face> FIRST_OWNER = new FirstOwner();
    private static final Function<Stream<StackWalker.StackFrame>, Boolean> FUNCTION_ASKS = new FunctionAsks();

    private Callers() {}

    /** The face of the nearest frame that belongs to a funclet, or null. */
    static Face owner() {
        return WALKER.walk(FIRST_OWNER);
    }

    /** True when the nearest frame that is no class loader's own belongs to a funclet. */
    static boolean functionAsks() {
        return WALKER.walk(FUNCTION_ASKS);
    }

    private static Face owner(Class<?> type) {
        return owner(type.getClassLoader());
    }

    /** The face of a loader or of one above it, or null. A function's own URLClassLoader leads to its funclet. */
    static Face owner(ClassLoader nearest) {
        ClassLoader loader = nearest;
        for (int i = 0; loader != null && i < LOADERS_UP; i++) {
            if (loader instanceof OwnedLoader) {
                return ((OwnedLoader) loader).face();
            }
            loader = loader.getParent();
        }
        return null;
    }

    private static final class FirstOwner implements Function<Stream<StackWalker.StackFrame>, Face> {
        @Override
        public Face apply(Stream<StackWalker.StackFrame> frames) {
            for (Iterator<StackWalker.StackFrame> i = frames.iterator(); i.hasNext();) {
                Face face = owner(i.next().getDeclaringClass());
                if (face != null) {
                    return face;
                }
            }
            return null;
        }
    }

    private static final class FunctionAsks implements Function<Stream<StackWalker.StackFrame>, Boolean> {
        @Override
        public Boolean apply(Stream<StackWalker.StackFrame> frames) {
            for (Iterator<StackWalker.StackFrame> i = frames.iterator(); i.hasNext();) {
                Class<?> type = i.next().getDeclaringClass();
                boolean passesOn = type == Callers.class || type == Gate.class || type == ClassLoader.class
                        || type == java.security.SecureClassLoader.class || type == java.net.URLClassLoader.class;
                if (!passesOn) {
                    return owner(type) != null;
                }
            }
            return false;
        }
    }
}
