package flock.boot;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.util.Map;
import java.util.Set;

/** Hooks where a function watches folders: the kernel has few watchers for all of the host, and memory for each folder. */
public final class WatchGate {
    private static final int FOLDERS_MAX = 1_000;
    private static final VarHandle FOLDERS;

    static {
        try {
            Class<?> type = Class.forName("sun.nio.fs.LinuxWatchService$Poller", false, null);
            FOLDERS = MethodHandles.privateLookupIn(type, MethodHandles.lookup()).findVarHandle(type, "wdToKey", Map.class);
        } catch (ReflectiveOperationException unknown) {
            throw new ExceptionInInitializerError(unknown);
        }
    }

    private WatchGate() {}

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

    /** On the watcher's thread, which throws what is given. */
    public static Object registers(Object poller, Path folder, Set<?> kinds, WatchEvent.Modifier[] modifiers) {
        if (Gate.caller() == null || ((Map<?, ?>) FOLDERS.get(poller)).size() < FOLDERS_MAX) {
            return Gate.PASS;
        }
        return new IOException("Too many folders are watched: the limit of " + FOLDERS_MAX + " for a watcher is reached");
    }
}
