package flock.boot;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Hooks of what the JDK makes when it is asked first, and keeps for all outside of any initialiser: it would be made with what
 * that first function brings. Either it is made without a look at the function, or each has its own.
 */
public final class FirstGate {
    private static final String READER = "line reader";
    private static final String DATE_FORMATS = "formats of dates";
    private static final int FRAMES = 16;
    private static final int FRAMES_TO_PROVIDERS = 64;

    /**
     * What is made from security providers and kept: source of seeds, default source of random numbers, names, a factory, the JDK's
     * own trust store, numbers of classes that are serialised.
     */
    private static final Set<String> FROM_PROVIDERS = Set.of("java.security.SecureRandom.getSeed",
            "sun.security.jca.JCAUtil.getDefSecureRandom", "sun.security.ec.ECKeyFactory.getInstance",
            "sun.security.ssl.TrustStoreManager$TrustAnchorManager.getKeyStore",
            "sun.security.ssl.TrustStoreManager$TrustAnchorManager.getTrustedCerts",
            "java.io.ObjectStreamClass.computeDefaultSUID", "sun.security.x509.AlgorithmId.collectOIDAliases",
            "sun.security.pkcs11.P11Util.getProvider", "sun.security.pkcs11.P11ECKeyFactory.getSunECProvider");
    /**
     * Where the JDK reads what it keeps for all, and does without for all when it cannot: trusted roots, fonts, kinds of files,
     * who resolves names.
     */
    private static final Set<String> READ_FOR_ALL = Set.of("sun.security.ssl.TrustStoreManager$TrustAnchorManager.getKeyStore",
            "sun.security.ssl.TrustStoreManager$TrustAnchorManager.getTrustedCerts",
            "sun.font.SunFontManager.initialiseDeferredFont", "sun.font.SunFontManager.registerFontFile",
            "sun.font.SunFontManager.loadFonts", "sun.font.SunFontManager.getDefaultPhysicalFont",
            "sun.font.FcFontConfiguration.init", "sun.nio.fs.MimeTypesFileTypeDetector.loadMimeTypes",
            "sun.net.dns.ResolverConfigurationImpl.loadConfig");
    /** What is found as a service by the context loader and kept: who resolves names, kinds of random numbers. */
    private static final Set<String> FROM_SERVICES = Set.of("java.net.InetAddress.loadResolver",
            "java.util.random.RandomGeneratorFactory$FactoryMapHolder.createFactoryMap");
    private static final Set<String> SERVICES =
            Set.of("java.net.spi.InetAddressResolverProvider", "java.util.random.RandomGenerator");

    private FirstGate() {}

    /** The function's list of providers; not for what is kept for all. */
    public static Object providers() {
        Object own = Own.get("providers");
        return own == Gate.PASS || isMadeForAll() ? Gate.PASS : own;
    }

    /** Does the JDK make from providers what it keeps for all? Then by the host's, and of what these have made. */
    static boolean isMadeForAll() {
        return Callers.passes(FROM_PROVIDERS, FRAMES_TO_PROVIDERS);
    }

    /** Does the JDK read what it keeps for all? Then it is not the function that opens the file. */
    static boolean isReadForAll() {
        return Callers.passes(READ_FOR_ALL, FRAMES_TO_PROVIDERS);
    }

    /** ServiceLoader.load by the context loader. */
    public static Object services(Class<?> service) {
        if (service == null || !SERVICES.contains(service.getName()) || Gate.caller() == null
                || !Callers.passes(FROM_SERVICES, FRAMES)) {
            return Gate.PASS;
        }
        return ServiceLoader.load(service, Callers.host());
    }

    /** The factory of TLS sockets that RMI keeps. */
    public static Object remoteSockets(Object shared) {
        Object own = TlsGate.sockets();
        return own == Gate.PASS ? shared : own;
    }

    /** The reader of java.lang.IO, which reads ahead. */
    public static Object lines(Object shared) {
        Own own = Own.ofCaller();
        if (own == null) {
            return shared;
        }
        Object value = own.value(READER);
        return value != null ? value : own.keep(READER, new BufferedReader(new InputStreamReader(System.in)));
    }

    /** Formats of dates by locale, calendar and style, with the calendar of who asked first. */
    public static Object dateFormats(Object shared) {
        Own own = Own.ofCaller();
        if (own == null) {
            return shared;
        }
        Object value = own.value(DATE_FORMATS);
        return value != null ? value : own.keep(DATE_FORMATS, new ConcurrentHashMap<>());
    }
}
