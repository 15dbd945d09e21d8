package flock.shim.gate;

import static flock.shim.gate.Kind.ANSWER;
import static flock.shim.gate.Kind.GUARD;
import static flock.shim.gate.Kind.OWN_GET;
import static flock.shim.gate.Kind.OWN_SET;
import static flock.shim.gate.Kind.REPLACE;

/**
 * The rows of what the JDK makes when it is asked first and then keeps for all, of what it hands on from one caller to the next,
 * and of what it does for all on one thread.
 */
final class FirstRows {
    private static final String TEXT = "Ljava/lang/String;";
    private static final String PROVIDERS = "sun.security.jca.Providers";
    private static final String SERVICES = "java.util.ServiceLoader";
    private static final String THREADS = "sun.management.ThreadImpl";
    private static final String DESCRIPTOR = "Ljava/io/FileDescriptor;";
    private static final String DESKTOP_MODULE = "java.desktop";
    private static final String RMI = "java.rmi";
    private static final String COLOURS = "Ljava/awt/image/ColorModel;";
    private static final String RASTER = "Ljava/awt/image/Raster;";
    private static final String TEXTURE = "java.awt.TexturePaintContext";
    private static final String TOOLKIT = "sun.awt.SunToolkit";
    private static final String STYLES = "javax.swing.text.StyleContext";
    private static final String PAPER = "javax.print.attribute.standard.MediaSize";
    private static final String METRICS = "sun.font.FontDesignMetrics";
    private static final String FOCUS = "java.awt.KeyboardFocusManager";
    private static final String COMPONENT = "Ljava/awt/Component;";
    private static final String OF_FOCUS = "move the focus, which all share";
    private static final int FIRST_WITH_LINES = 25;

    static final Row[] ALL = {
        Row.of(PROVIDERS, "getProviderList", "", ANSWER, "FirstGate.providers"),
        Row.of(PROVIDERS, "getFullProviderList", "", ANSWER, "FirstGate.providers"),
        Row.of(SERVICES, "load", "Ljava/lang/Class;", ANSWER, "FirstGate.services"),
        Row.field("javax.rmi.ssl.SslRMIClientSocketFactory", "defaultSocketFactory", "FirstGate.remoteSockets").inModule(RMI),
        Row.field("javax.rmi.ssl.SslRMIServerSocketFactory", "defaultSSLSocketFactory", "FirstGate.remoteSockets").inModule(RMI),
        Row.field("java.lang.IO", "br", "FirstGate.lines").from(FIRST_WITH_LINES),
        Row.field("java.rmi.server.LogStream", "known", "CacheGate.logStreams").inModule(RMI),
        Row.filter("sun.rmi.transport.tcp.TCPChannel", "free", "Lsun/rmi/transport/Connection;Z", 1, "CacheGate.keepsRemote")
                .inModule(RMI),
        Row.field("sun.security.provider.X509Factory", "certCache", "TrustGate.certificates"),
        Row.field("sun.security.provider.X509Factory", "crlCache", "TrustGate.revocations"),
        Row.field("sun.security.provider.certpath.URICertStore", "certStoreCache", "TrustGate.storesByAddress"),
        Row.field("sun.security.provider.certpath.ldap.LDAPCertStore", "certStoreCache", "TrustGate.storesByDirectory")
                .inModule("java.naming"),
        Row.field("sun.security.x509.X509CertImpl", "verifiedPublicKey", "TrustGate.verifiedBy"),
        Row.field("sun.security.x509.X509CRLImpl", "verifiedPublicKey", "TrustGate.verifiedBy"),
        Row.field("sun.security.rsa.RSACore", "blindingCache", "TrustGate.blinding"),
        Row.field("sun.security.provider.ParameterCache", "dhCache", "TrustGate.agreement"),
        Row.field("sun.security.provider.ParameterCache", "dsaCache", "TrustGate.signing"),
        Row.field("java.time.format.DateTimeFormatterBuilder$LocalizedPrinterParser", "FORMATTER_CACHE", "FirstGate.dateFormats"),
        Row.field("sun.net.www.protocol.http.NegotiateAuthentication", "supported", "CacheGate.negotiating"),
        Row.of("sun.net.www.http.KeepAliveStream", "queueForCleanup", "Lsun/net/www/http/KeepAliveCleanerEntry;", REPLACE,
                "CacheGate.closesHalfRead"),
        Row.of("java.time.format.DateTimeTextProvider", "findStore", "Ljava/time/temporal/TemporalField;Ljava/util/Locale;",
                ANSWER, "TraceGate.texts"),
        // The listeners of all preferences are told on the thread of whoever had the first.
        Row.refuse("java.util.prefs.AbstractPreferences", "<init>", "Ljava/util/prefs/AbstractPreferences;" + TEXT,
                "use preferences, which all share"),
        Row.of("javax.tools.StandardLocation", "locationFor", TEXT, GUARD, "CacheGate.location").inModule("java.compiler"),
        Row.refuse("sun.security.krb5.Config", "refresh", "", "have the configuration of Kerberos read anew, which all share")
                .inModule("java.security.jgss"),
        Row.refuse("sun.security.smartcardio.PCSCTerminals", "initContext", "", "use smart cards").inModule("java.smartcardio"),

        Row.of("java.lang.ProcessEnvironment", "environment", "", ANSWER, "Gate.environment"),
        Row.filter("java.io.FileOutputStream", "<init>", DESCRIPTOR, 0, "FileGate.writesTo"),
        Row.filter("java.io.FileInputStream", "<init>", DESCRIPTOR, 0, "FileGate.readsFrom"),
        Row.filter("jdk.nio.Channels", "readWriteSelectableChannel", DESCRIPTOR + "Ljdk/nio/Channels$SelectableChannelCloser;", 0,
                "FileGate.selects").inModule("jdk.net"),
        Row.filter(THREADS, "getThreadCpuTime", "J", 0, "CrowdGate.known"),
        Row.filter(THREADS, "getThreadUserTime", "J", 0, "CrowdGate.known"),
        Row.filter(THREADS, "getThreadAllocatedBytes", "J", 0, "CrowdGate.known"),
        Row.filter(THREADS, "getThreadCpuTime", "[J", 0, "CrowdGate.known"),
        Row.filter(THREADS, "getThreadUserTime", "[J", 0, "CrowdGate.known"),
        Row.filter(THREADS, "getThreadAllocatedBytes", "[J", 0, "CrowdGate.known"),
    };

    /** Those of AWT and its neighbours. */
    static final Row[] DESKTOP = {
        Row.of("java.awt.GradientPaintContext", "putCachedRaster", COLOURS + RASTER, REPLACE, "DesktopGate.drops")
                .inModule(DESKTOP_MODULE),
        Row.of("java.awt.MultipleGradientPaintContext", "putCachedRaster", COLOURS + RASTER, REPLACE, "DesktopGate.drops")
                .inModule(DESKTOP_MODULE),
        Row.of(TEXTURE, "dropRaster", COLOURS + RASTER, REPLACE, "DesktopGate.drops").inModule(DESKTOP_MODULE),
        Row.of(TEXTURE, "dropByteRaster", RASTER, REPLACE, "DesktopGate.drops").inModule(DESKTOP_MODULE),
        Row.of("javax.swing.text.SegmentCache", "releaseSharedSegment", "Ljavax/swing/text/Segment;", REPLACE,
                "DesktopGate.dropsText").inModule(DESKTOP_MODULE),
        Row.field("java.awt.RenderingHints$Key", "identitymap", "DesktopGate.hintKeys").inModule(DESKTOP_MODULE),
        Row.field(TOOLKIT, "fileImgCache", "DesktopGate.imagesByFile").inModule(DESKTOP_MODULE),
        Row.field(TOOLKIT, "urlImgCache", "DesktopGate.imagesByUrl").inModule(DESKTOP_MODULE),
        Row.of(TOOLKIT, "getSystemEventQueueImplPP", "Lsun/awt/AppContext;", GUARD, "DesktopGate.queue")
                .inModule(DESKTOP_MODULE),
        Row.of(STYLES, "getDefaultStyleContext", "", ANSWER, "DesktopGate.styles").inModule(DESKTOP_MODULE),
        Row.field(STYLES, "freezeKeyMap", "DesktopGate.styleNames").inModule(DESKTOP_MODULE),
        Row.field(STYLES, "thawKeyMap", "DesktopGate.styleKeys").inModule(DESKTOP_MODULE),
        Row.of("javax.print.PrintServiceLookup", "getAllLookupServices", "", ANSWER, "DesktopGate.printers")
                .inModule(DESKTOP_MODULE),
        Row.field(PAPER, "mediaMap", "DesktopGate.paperByName").inModule(DESKTOP_MODULE),
        Row.field(PAPER, "sizeVector", "DesktopGate.papers").inModule(DESKTOP_MODULE),
        Row.of("javax.swing.Timer", "setLogTimers", "Z", OWN_SET, "log of Swing's timers").inModule(DESKTOP_MODULE),
        Row.of("javax.swing.Timer", "getLogTimers", "", OWN_GET, "log of Swing's timers").inModule(DESKTOP_MODULE),
        Row.field(METRICS, "metricsCache", "DesktopGate.metrics").inModule(DESKTOP_MODULE),
        Row.field(METRICS, "recentMetrics", "DesktopGate.recentMetrics").inModule(DESKTOP_MODULE),
        Row.refuse("java.awt.Toolkit", "addAWTEventListener", "Ljava/awt/event/AWTEventListener;J", "listen to the events of all")
                .inModule(DESKTOP_MODULE),
        Row.of("com.sun.imageio.stream.CloseableDisposerRecord", "dispose", "", REPLACE, "DesktopGate.leavesOpen")
                .inModule(DESKTOP_MODULE),
        Row.refuse(FOCUS, "setGlobalFocusOwner", COMPONENT, OF_FOCUS).inModule(DESKTOP_MODULE),
        Row.refuse(FOCUS, "setGlobalPermanentFocusOwner", COMPONENT, OF_FOCUS).inModule(DESKTOP_MODULE),
        Row.refuse(FOCUS, "setGlobalFocusedWindow", "Ljava/awt/Window;", OF_FOCUS).inModule(DESKTOP_MODULE),
        Row.refuse(FOCUS, "setGlobalActiveWindow", "Ljava/awt/Window;", OF_FOCUS).inModule(DESKTOP_MODULE),
        Row.refuse(FOCUS, "setGlobalCurrentFocusCycleRoot", "Ljava/awt/Container;", OF_FOCUS).inModule(DESKTOP_MODULE),
    };

    private FirstRows() {}
}
