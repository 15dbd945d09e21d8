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
    private static final ClassLoader PLATFORM = ClassLoader.getPlatformClassLoader();

    private static final StackWalker WALKER = StackWalker.getInstance(
            java.util.Set.of(StackWalker.Option.RETAIN_CLASS_REFERENCE, StackWalker.Option.SHOW_HIDDEN_FRAMES));

    private static final Function<Stream<StackWalker.StackFrame>, Face> FIRST_OWNER = new FirstOwner();
    private static final Function<Stream<StackWalker.StackFrame>, Boolean> FUNCTION_ASKS = new FunctionAsks();

    private static final Function<Stream<StackWalker.StackFrame>, Boolean> INITIALISES_JDK = new InitialisesJdk();

    private Callers() {}

    /**
     * True when JDK code is being initialised between here and the function. A refusal there would leave the class
     * broken for everybody, and what it starts is everybody's.
     */
    static boolean isInitialisingJdk() {
        return WALKER.walk(INITIALISES_JDK);
    }

    /** True when one of the nearest frames is this method. */
    static boolean passes(String type, String method) {
        return WALKER.walk(new Passes(type, method));
    }

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
                boolean passesOn = type == Callers.class || type == Gate.class || type == System.class || type == ClassLoader.class
                        || type == java.security.SecureClassLoader.class || type == java.net.URLClassLoader.class;
                if (!passesOn) {
                    return owner(type) != null;
                }
            }
            return false;
        }
    }

    private static final class InitialisesJdk implements Function<Stream<StackWalker.StackFrame>, Boolean> {
        @Override
        public Boolean apply(Stream<StackWalker.StackFrame> frames) {
            for (Iterator<StackWalker.StackFrame> i = frames.iterator(); i.hasNext();) {
                StackWalker.StackFrame frame = i.next();
                ClassLoader loader = frame.getDeclaringClass().getClassLoader();
                if (loader != null && loader != PLATFORM) {
                    return false;
                }
                if (frame.getMethodName().equals("<clinit>")) {
                    return true;
                }
            }
            return false;
        }
    }

    private static final class Passes implements Function<Stream<StackWalker.StackFrame>, Boolean> {
        private static final int FRAMES_MAX = 8;

        private final String type;
        private final String method;

        Passes(String type, String method) {
            this.type = type;
            this.method = method;
        }

        @Override
        public Boolean apply(Stream<StackWalker.StackFrame> frames) {
            int left = FRAMES_MAX;
            for (Iterator<StackWalker.StackFrame> i = frames.iterator(); left > 0 && i.hasNext(); left--) {
                StackWalker.StackFrame frame = i.next();
                if (frame.getMethodName().equals(method) && frame.getClassName().equals(type)) {
                    return true;
                }
            }
            return false;
        }
    }
}
