package flock.boot;

import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.ColorModel;
import java.awt.image.Raster;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.Map;
import java.util.Vector;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import javax.imageio.spi.IIORegistry;
import javax.swing.text.StyleContext;

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
    private static final String QUEUE = "event queue";
    private static final String STYLES = "default styles";
    private static final String HINT_KEYS = "keys of rendering hints";
    private static final String METRICS = "metrics of fonts";
    private static final String RECENT_METRICS = "recent metrics of fonts";
    private static final Constructor<?> NEW_CONTEXT;
    private static final Constructor<?> NEW_CACHE;
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
            NEW_CACHE = Class.forName("sun.awt.SoftCache", true, null).getDeclaredConstructor();
            NEW_CACHE.setAccessible(true);
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

    /** Pixels and text of one function would be in what another gets: nothing goes back into the caches of all. */
    public static boolean drops(ColorModel colours, Raster raster) {
        return Gate.caller() != null;
    }

    public static boolean drops(Raster raster) {
        return Gate.caller() != null;
    }

    public static boolean dropsText(Object segment) {
        return Gate.caller() != null;
    }

    /** Whoever looks for printers starts a thread that looks for all. */
    public static Object printers() {
        return Gate.caller() == null ? Gate.PASS : new ArrayList<>();
    }

    /** RenderingHints.Key: the texts by which two keys of a number are told apart, which stay when the keys are gone. */
    public static Object hintKeys(Object shared) {
        Own own = Own.ofCaller();
        if (own == null || Callers.isInitialisingJdk()) {
            return shared;
        }
        Object value = own.value(HINT_KEYS);
        return value != null ? value : own.keep(HINT_KEYS, new HashMap<>());
    }

    /** Toolkit.getImage: images by the names of their files. */
    public static Object imagesByFile(Object shared) {
        return images(shared, "images by file");
    }

    public static Object imagesByUrl(Object shared) {
        return images(shared, "images by URL");
    }

    /** AbstractLine: who tells the listeners of a group of threads. */
    public static Object soundLines(Object shared) {
        return byGroup(shared, "events of sound lines");
    }

    public static Object sequencers(Object shared) {
        return byGroup(shared, "events of sequencers");
    }

    private static Object byGroup(Object shared, String name) {
        Own own = Own.ofCaller();
        if (own == null) {
            return shared;
        }
        Object value = own.value(name);
        return value != null ? value : own.keep(name, new WeakHashMap<>());
    }

    private static Object images(Object shared, String name) {
        Own own = Own.ofCaller();
        if (own == null) {
            return shared;
        }
        Object value = own.value(name);
        try {
            return value != null ? value : own.keep(name, NEW_CACHE.newInstance());
        } catch (ReflectiveOperationException unmade) {
            throw new IllegalStateException("a function's own cache of images could not be made", unmade);
        }
    }

    /** Widths of text by font, whose methods are asked whenever another looks for its own. */
    public static Object metrics(Object shared) {
        Own own = Own.ofCaller();
        if (own == null) {
            return shared;
        }
        Object value = own.value(METRICS);
        return value != null ? value : own.keep(METRICS, new ConcurrentHashMap<>());
    }

    /** The last few of them. */
    public static Object recentMetrics(Object shared) {
        Own own = Own.ofCaller();
        if (own == null) {
            return shared;
        }
        Object value = own.value(RECENT_METRICS);
        return value != null ? value
                : own.keep(RECENT_METRICS, Array.newInstance(shared.getClass().getComponentType(), Array.getLength(shared)));
    }

    /** A stream whose end is a function's code is not closed on the thread that does it for all. */
    public static boolean leavesOpen(Object record) {
        if (Gate.caller() != null) {
            return false;
        }
        try {
            Field closeable = record.getClass().getDeclaredField("closeable");
            closeable.setAccessible(true);
            Object stream = closeable.get(record);
            return stream != null && !Callers.isBuiltIn(stream.getClass().getClassLoader());
        } catch (ReflectiveOperationException unknown) {
            return true;
        }
    }

    /** SunToolkit.getSystemEventQueueImplPP: a function's own context has none until it is asked for. */
    public static void queue(Object context) {
        Face face = context == null ? null : Gate.caller();
        if (face == null || face.budget().own().value(CONTEXT) != context || face.budget().own().value(QUEUE) != null) {
            return;
        }
        face.budget().own().keep(QUEUE, Boolean.TRUE);
        try {
            Method makes = Class.forName("sun.awt.SunToolkit", true, null).getDeclaredMethod("initEQ", context.getClass());
            makes.setAccessible(true);
            makes.invoke(null, context);
        } catch (ReflectiveOperationException unmade) {
            throw new IllegalStateException("a function's own event queue could not be made", unmade);
        }
    }

    /** StyleContext.getDefaultStyleContext. */
    public static Object styles() {
        Own own = Own.ofCaller();
        if (own == null || Callers.isInitialisingJdk()) {
            return Gate.PASS;
        }
        Object value = own.value(STYLES);
        return value != null ? value : own.keep(STYLES, new StyleContext());
    }

    public static Object styleNames(Object shared) {
        return copied(shared, "names of styles");
    }

    public static Object styleKeys(Object shared) {
        return copied(shared, "keys of styles");
    }

    public static Object paperByName(Object shared) {
        return copied(shared, "paper by name");
    }

    public static Object papers(Object shared) {
        return copied(shared, "papers");
    }

    /** What the JDK has put into a registry, to which the function adds its own. */
    private static Object copied(Object shared, String name) {
        Own own = shared == null ? null : Own.ofCaller();
        if (own == null || Callers.isInitialisingJdk()) {
            return shared;
        }
        Object value = own.value(name);
        if (value != null) {
            return value;
        }
        Object copy = shared instanceof Hashtable ? ((Hashtable<?, ?>) shared).clone()
                : shared instanceof HashMap ? ((HashMap<?, ?>) shared).clone() : ((Vector<?>) shared).clone();
        return own.keep(name, copy);
    }

    /** For the access control context of the thread, which leads to a function's loader, a privileged call stands. */
    private static final class MakeRegistry implements PrivilegedAction<Object> {
        @Override
        public Object run() {
            return IIORegistry.getDefaultInstance();
        }
    }
}
