package flock.shim.gate;

import static flock.shim.gate.Kind.ANSWER;
import static flock.shim.gate.Kind.GUARD;
import static flock.shim.gate.Kind.OWN_SET;
import static flock.shim.gate.Kind.RECEIVER;

/**
 * The rows of registries and caches in which a function's objects would stay: they are the function's own, are wiped when it
 * ends, or cannot be split and are refused.
 */
final class TraceRows {
    private static final String TEXT = "Ljava/lang/String;";
    private static final String LOGINS = "javax.security.auth.login.Configuration";
    private static final String LEVELS = "java.util.logging.Level$KnownLevel";
    private static final String ROW_SETS = "javax.sql.rowset.spi.SyncFactory";
    private static final String FILTERS = "java.io.ObjectInputFilter$Config";
    private static final String MONITORS = "javax.management.monitor.Monitor";
    private static final String DESKTOP_MODULE = "java.desktop";
    private static final String GRAPHICS = "java.awt.GraphicsEnvironment";
    private static final String JARS = "sun.net.www.protocol.jar.JarFileFactory";
    private static final String REMOTE = "sun.rmi.transport.LiveRef";
    private static final String OBJECT_ID = "Ljava/rmi/server/ObjID;";
    private static final String EXPORTS = "export objects by RMI, whose table all share";
    private static final String RMI_LOG = "change the log of RMI, which all share";
    private static final String OF_ROW_SETS = "change the registry of row sets, which all share";

    static final Row[] ALL = {
        Row.field("java.sql.DriverManager", "registeredDrivers", "SqlGate.drivers"),
        Row.field(LEVELS, "nameToLevels", "LogGate.levelsByName"),
        Row.field(LEVELS, "intToLevels", "LogGate.levelsByValue"),
        Row.of("java.lang.ClassValue", "getFromHashMap", "Ljava/lang/Class;", GUARD, "TraceGate.values"),
        Row.field("jdk.internal.net.http.HttpClientImpl", "ASYNC_POOL", "PoolGate.ofHttp"),
        Row.field(MONITORS, "scheduler", "PoolGate.ofMonitors"),
        Row.field(MONITORS + "$MonitorTask", "scheduler", "PoolGate.ofMonitors"),
        Row.of("java.lang.invoke.MethodHandle", "asTypeUncached", "Ljava/lang/invoke/MethodType;", GUARD,
                "TraceGate.adapts"),
        Row.field("java.util.ResourceBundle", "cacheList", "BundleGate.bundles"),

        // Files that stay open for whoever comes next: without the look at who may read them, and to be closed by anybody.
        Row.field(JARS, "fileCache", "CacheGate.jarsByUrl"),
        Row.field(JARS, "urlCache", "CacheGate.urlsByJar"),
        Row.field("jdk.nio.zipfs.ZipFileSystemProvider", "filesystems", "CacheGate.zips").inModule("jdk.zipfs"),
        Row.of("com.sun.jndi.ldap.LdapPoolManager", "isPoolingAllowed", TEXT + "Ljava/io/OutputStream;" + TEXT + TEXT
                + "Ljava/util/Hashtable;", ANSWER, "CacheGate.poolsDirectories"),

        // Before the endpoint is looked up, which asks the factories of everybody whether they are equal.
        Row.refuse(REMOTE, "<init>", OBJECT_ID + "I", EXPORTS),
        Row.refuse(REMOTE, "<init>", OBJECT_ID + "ILjava/rmi/server/RMIClientSocketFactory;"
                + "Ljava/rmi/server/RMIServerSocketFactory;", EXPORTS),
        Row.refuse("java.rmi.server.RemoteServer", "setLog", "Ljava/io/OutputStream;", RMI_LOG),
        Row.refuse("java.rmi.server.LogStream", "setDefaultStream", "Ljava/io/PrintStream;", RMI_LOG),

        Row.field(LOGINS, "configuration", "ValueGate.logins"),
        Row.of(LOGINS, "setConfiguration", "Ljavax/security/auth/login/Configuration;", OWN_SET, "logins"),
        Row.refuse("java.time.zone.ZoneRulesProvider", "registerProvider", "Ljava/time/zone/ZoneRulesProvider;",
                "add rules of time zones, which all share"),
        Row.refuse(ROW_SETS, "registerProvider", TEXT, OF_ROW_SETS),
        Row.refuse(ROW_SETS, "unregisterProvider", TEXT, OF_ROW_SETS),
        Row.refuse(ROW_SETS, "setLogger", "Ljava/util/logging/Logger;", OF_ROW_SETS),
        Row.refuse(ROW_SETS, "setLogger", "Ljava/util/logging/Logger;Ljava/util/logging/Level;", OF_ROW_SETS),
        Row.refuse(ROW_SETS, "setJNDIContext", "Ljavax/naming/Context;", OF_ROW_SETS),
        Row.refuse("sun.management.NotificationEmitterSupport", "addNotificationListener",
                "Ljavax/management/NotificationListener;Ljavax/management/NotificationFilter;Ljava/lang/Object;",
                "listen to the JVM's own beans, which all share"),
        Row.refuse(FILTERS, "setSerialFilter", "Ljava/io/ObjectInputFilter;", "put up the filter of all that is deserialised"),
        Row.refuse(FILTERS, "setSerialFilterFactory", "Ljava/util/function/BinaryOperator;",
                "put up the factory of filters of all that is deserialised"),
    };

    /** Those of AWT and its neighbours. */
    static final Row[] DESKTOP = {
        Row.of("sun.awt.AppContext", "getAppContext", "", ANSWER, "DesktopGate.context").inModule(DESKTOP_MODULE),
        Row.of("javax.imageio.spi.IIORegistry", "getDefaultInstance", "", ANSWER, "DesktopGate.registry")
                .inModule(DESKTOP_MODULE),
        Row.field("javax.imageio.ImageIO", "theRegistry", "DesktopGate.registry").inModule(DESKTOP_MODULE),
        Row.of("com.sun.beans.util.Cache", "get", "Ljava/lang/Object;", RECEIVER, "TraceGate.asks")
                .inModule(DESKTOP_MODULE),
        Row.of("java.beans.ThreadGroupContext", "putBeanInfo", "Ljava/lang/Class;Ljava/beans/BeanInfo;", RECEIVER,
                "TraceGate.asks").inModule(DESKTOP_MODULE),
        Row.refuse(GRAPHICS, "registerFont", "Ljava/awt/Font;", "register fonts, which all share")
                .inModule(DESKTOP_MODULE),
        Row.refuse(GRAPHICS, "preferLocaleFonts", "", "choose among fonts, which all share").inModule(DESKTOP_MODULE),
        Row.refuse(GRAPHICS, "preferProportionalFonts", "", "choose among fonts, which all share")
                .inModule(DESKTOP_MODULE),
        // Each leads to a thread, which leads to the group that it is found by.
        Row.field("com.sun.media.sound.AbstractLine", "dispatchers", "DesktopGate.soundLines").inModule(DESKTOP_MODULE),
        Row.field("com.sun.media.sound.RealTimeSequencer", "dispatchers", "DesktopGate.sequencers").inModule(DESKTOP_MODULE),
        Row.of("java.awt.color.ICC_Profile", "setData", "I[B", RECEIVER, "DesktopGate.changesProfile")
                .inModule(DESKTOP_MODULE),
    };

    private TraceRows() {}
}
