package flock.boot;

import java.io.OutputStream;
import java.util.HashMap;
import java.util.Hashtable;

/**
 * Hooks of what the JDK keeps open for whoever asks next, without a look at who may: jar files behind URLs, zip files as
 * file systems, connections to directories. Each funclet has its own.
 */
public final class CacheGate {
    private static final String JARS = "jar files by URL";
    private static final String URLS = "URLs by jar file";
    private static final String ZIPS = "zip file systems";

    private CacheGate() {}

    /** The maps are used under locks of the JDK, as those that they stand for. */
    private static Object own(String name, Object shared) {
        Face face = Gate.caller();
        if (face == null) {
            return shared;
        }
        Object own = face.budget().own().value(name);
        return own != null ? own : face.budget().own().keep(name, new HashMap<>());
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
}
