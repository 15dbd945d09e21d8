package flock.boot;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.util.Map;

/** Hooks where a function watches folders: the kernel has few watchers for all of the host, and memory for each folder. */
public final class WatchGate {
    private static final int FOLDERS_MAX = 1_000;
    private static final VarHandle POLLER;
    private static final VarHandle FOLDERS;

    static {
        try {
            Class<?> watcher = Class.forName("sun.nio.fs.LinuxWatchService", false, null);
            Class<?> poller = Class.forName("sun.nio.fs.LinuxWatchService$Poller", false, null);
            POLLER = MethodHandles.privateLookupIn(watcher, MethodHandles.lookup()).findVarHandle(watcher, "poller", poller);
            FOLDERS = MethodHandles.privateLookupIn(poller, MethodHandles.lookup()).findVarHandle(poller, "wdToKey", Map.class);
        } catch (ReflectiveOperationException unknown) {
            throw new ExceptionInInitializerError(unknown);
        }
        link();
    }

    private WatchGate() {}

    /** No function is the first to use the handles. */
    private static void link() {
        try {
            poller(null);
        } catch (NullPointerException linked) {
            // There is none.
        }
        try {
            folders(null);
        } catch (NullPointerException linked) {
            // The same.
        }
    }

    private static Object poller(Object watcher) {
        return POLLER.get(watcher);
    }

    private static int folders(Object poller) {
        return ((Map<?, ?>) FOLDERS.get(poller)).size();
    }

    public static void opens(Object files) throws IOException {
        Face face = Gate.caller();
        int limit = face == null ? -1 : face.budget().openWatcher();
        if (limit >= 0 && !Callers.isInitialisingJdk()) {
            throw new IOException("Too many watchers of folders: the limit of " + limit
                    + " for the functions of a namespace, or of all, is reached");
        }
    }

    /** Only the watcher's own thread closes these, and that thread may be stopped. */
    public static void made(Object files, Object watcher, int notifier, int[] pair) {
        Face face = Gate.caller();
        if (face != null && !Callers.isInitialisingJdk()) {
            face.budget().opened(new int[] {notifier, pair[0], pair[1]});
        }
    }

    /** The watcher's own thread counts them; what others begin meanwhile may be a few more. */
    public static void registers(Object watcher, Path folder, WatchEvent.Kind<?>[] kinds, WatchEvent.Modifier[] modifiers)
            throws IOException {
        if (Gate.caller() != null && folders(poller(watcher)) >= FOLDERS_MAX) {
            throw new IOException("Too many folders are watched: the limit of " + FOLDERS_MAX + " for a watcher is reached");
        }
    }
}
