package flock.boot;

import java.io.OutputStream;
import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.Set;

/**
 * Hooks of what the JDK keeps open for whoever asks next, without a look at who may: jar files behind URLs, zip files as
 * file systems, connections to directories. Each funclet has its own.
 */
public final class CacheGate {
    private static final String JARS = "jar files by URL";
    private static final String URLS = "URLs by jar file";
    private static final String LOG_STREAMS = "streams of the log of RMI";
    private static final String NEGOTIATING = "hosts with Kerberos";
    /** The constants of StandardLocation, on all releases. */
    private static final Set<String> LOCATIONS = Set.of("CLASS_OUTPUT", "SOURCE_OUTPUT", "CLASS_PATH", "SOURCE_PATH",
            "ANNOTATION_PROCESSOR_PATH", "ANNOTATION_PROCESSOR_MODULE_PATH", "PLATFORM_CLASS_PATH", "NATIVE_HEADER_OUTPUT",
            "MODULE_SOURCE_PATH", "UPGRADE_MODULE_PATH", "SYSTEM_MODULES", "MODULE_PATH", "PATCH_MODULE_PATH");
    private static final String ZIPS = "zip file systems";

    private CacheGate() {}

    /** The maps are used under locks of the JDK, as those that they stand for. */
    private static Object own(String name, Object shared) {
        Own own = Own.ofCaller();
        if (own == null) {
            return shared;
        }
        Object value = own.value(name);
        return value != null ? value : own.keep(name, new HashMap<>());
    }

    public static Object jarsByUrl(Object shared) {
        return own(JARS, shared);
    }

    public static Object urlsByJar(Object shared) {
        return own(URLS, shared);
    }

    public static Object zips(Object shared) {
        return own(ZIPS, shared);
    }

    /** A connection to a directory service goes to nobody else, for whom its address may be closed. */
    public static Object poolsDirectories(String socketFactory, OutputStream trace, String mechanism, String protocol,
            Hashtable<?, ?> environment) {
        return Gate.caller() == null ? Gate.PASS : Boolean.FALSE;
    }

    /** A connection of RMI is closed after its call: idle ones are anybody's, and closed on a thread of all. */
    public static boolean keepsRemote(Object channel, Object connection, boolean reuses) {
        return reuses && Gate.caller() == null;
    }

    /** Locations of the compiler by name: each new one would stay for as long as the JVM lives. */
    public static void location(String name) {
        if (name != null && !LOCATIONS.contains(name) && Gate.caller() != null) {
            throw new UnsupportedOperationException("a function cannot name locations of its own, which all share");
        }
    }

    /** The streams of RMI's old log by their names. */
    public static Object logStreams(Object shared) {
        return own(LOG_STREAMS, shared);
    }

    /** For which hosts Kerberos has been tried, and how that went. */
    public static Object negotiating(Object shared) {
        return own(NEGOTIATING, shared);
    }

    /** A half read answer is not read to its end on the thread that does it for all: that would be in sockets of the function. */
    public static boolean closesHalfRead(Object entry) {
        if (Gate.caller() == null) {
            return false;
        }
        try {
            Method client = entry.getClass().getDeclaredMethod("getHttpClient");
            client.setAccessible(true);
            Class.forName("sun.net.NetworkClient", false, null).getMethod("closeServer").invoke(client.invoke(entry));
        } catch (ReflectiveOperationException open) {
            // Nobody uses it any more: its own close has failed.
        }
        return true;
    }
}
