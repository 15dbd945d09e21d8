package flock.boot;

import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.Map;
import javax.imageio.spi.IIORegistry;

/**
 * Hooks of ImageIO and AWT: each funclet that uses them has a context of its own, in which ImageIO keeps its registry and
 * cache settings, Swing its defaults, and so on. It goes with the funclet.
 *
 * ImageIO keeps the registry that its initialiser gets for all, and that runs on the thread of whoever comes first. So that
 * one is made without a look at the jar of the function, and remembers nobody.
 */
public final class DesktopGate {
    private static final ClassLoader PLATFORM = ClassLoader.getPlatformClassLoader();
    private static final String CONTEXT = "desktop context";
    private static final int[] SPACES = {ColorSpace.CS_sRGB, ColorSpace.CS_LINEAR_RGB, ColorSpace.CS_CIEXYZ,
        ColorSpace.CS_PYCC, ColorSpace.CS_GRAY};
    private static final Constructor<?> NEW_CONTEXT;
    /** By thread group, all contexts that ever were. */
    private static final Map<?, ?> CONTEXTS;

    static {
        try {
            Class<?> type = Class.forName("sun.awt.AppContext", true, null);
            NEW_CONTEXT = type.getDeclaredConstructor(ThreadGroup.class);
            NEW_CONTEXT.setAccessible(true);
            Field all = type.getDeclaredField("threadGroup2appContext");
            all.setAccessible(true);
            CONTEXTS = (Map<?, ?>) all.get(null);
        } catch (ReflectiveOperationException unknown) {
            throw new ExceptionInInitializerError(unknown);
        }
    }

    private DesktopGate() {}

    /** AppContext.getAppContext. */
    public static Object context() {
        Face face = Gate.caller();
        if (face == null || face.budget().group() == null || Callers.isInitialisingJdk()) {
            return Gate.PASS;
        }
        Object own = face.budget().own().value(CONTEXT);
        return own != null ? own : make(face);
    }

    private static Object make(Face face) {
        Group group = face.budget().group();
        try {
            return face.budget().own().keep(CONTEXT, NEW_CONTEXT.newInstance(group));
        } catch (ReflectiveOperationException unmade) {
            throw new IllegalStateException("a function's own context of AWT could not be made", unmade);
        } finally {
            CONTEXTS.remove(group);
        }
    }

    /** IIORegistry.getDefaultInstance. */
    @SuppressWarnings("removal")
    public static Object registry() {
        Thread thread = Thread.currentThread();
        ClassLoader own = thread.getContextClassLoader();
        if (own == PLATFORM || Gate.caller() == null || !Callers.isInitialisingJdk()) {
            return Gate.PASS;
        }
        thread.setContextClassLoader(PLATFORM);
        try {
            return AccessController.doPrivileged(new MakeRegistry());
        } finally {
            thread.setContextClassLoader(own);
        }
    }

    /** The registry that the methods of ImageIO use in the place of the one in its field. */
    public static Object registry(Object shared) {
        return Gate.caller() == null ? shared : IIORegistry.getDefaultInstance();
    }

    /** ICC_Profile.setData: those of the JDK's colour spaces are the same objects for all. */
    public static void changesProfile(Object profile) {
        if (Gate.caller() == null) {
            return;
        }
        for (int space : SPACES) {
            if (ICC_Profile.getInstance(space) == profile) {
                throw new SecurityException("a function cannot change a colour profile of the JDK, which all share");
            }
        }
    }

    /** For the access control context of the thread, which leads to a function's loader, a privileged call stands. */
    private static final class MakeRegistry implements PrivilegedAction<Object> {
        @Override
        public Object run() {
            return IIORegistry.getDefaultInstance();
        }
    }
}
