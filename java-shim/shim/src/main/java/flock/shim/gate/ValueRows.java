package flock.shim.gate;

import static flock.shim.gate.Kind.AFTER;
import static flock.shim.gate.Kind.ANSWER;
import static flock.shim.gate.Kind.OWN_GET;
import static flock.shim.gate.Kind.OWN_SET;
import static flock.shim.gate.Kind.RECEIVER;
import static flock.shim.gate.Kind.REPLACE;

/** The rows of what the JDK keeps once for all and each funclet has its own of: defaults, properties, registries. */
final class ValueRows {
    private static final String TEXT = "Ljava/lang/String;";
    private static final String LOCALE = "java.util.Locale";
    private static final String ZONE = "java.util.TimeZone";
    private static final String CATEGORY = "Ljava/util/Locale$Category;";
    private static final String PROVIDERS = "sun.security.jca.Providers";
    private static final String PROVIDER = "java.security.Provider";
    private static final String SECURITY = "java.security.Security";
    private static final String URL = "Ljava/net/URL;";
    private static final String CONNECTION = "java.net.URLConnection";
    private static final String HTTP = "java.net.HttpURLConnection";
    private static final String HTTPS = "javax.net.ssl.HttpsURLConnection";
    private static final String CONTEXT = "javax.net.ssl.SSLContext";
    private static final String AUTHENTICATOR = "java.net.Authenticator";
    private static final String IDLE = "sun.net.www.http.KeepAliveCache";
    private static final String DRIVERS = "java.sql.DriverManager";
    private static final String OBJECT = "Ljava/lang/Object;";
    private static final String ANY_BUT = "put up or take away what all share: ";
    private static final int LAST_WITH_PASSWORD_KEYS = 22;

    static final Row[] ALL = {
        Row.of("java.lang.System", "getProperties", "", ANSWER, "PropertyGate.all"),
        Row.of("java.lang.System", "getProperty", TEXT, ANSWER, "PropertyGate.get"),
        Row.of("java.lang.System", "getProperty", TEXT + TEXT, ANSWER, "PropertyGate.get"),
        Row.of("java.lang.System", "setProperty", TEXT + TEXT, ANSWER, "PropertyGate.set"),
        Row.of("java.lang.System", "clearProperty", TEXT, ANSWER, "PropertyGate.clear"),
        Row.of("java.lang.System", "setProperties", "Ljava/util/Properties;", REPLACE, "PropertyGate.replace"),

        Row.of(LOCALE, "getDefault", "", ANSWER, "ValueGate.locale"),
        Row.of(LOCALE, "getDefault", CATEGORY, ANSWER, "ValueGate.locale"),
        Row.of(LOCALE, "setDefault", "Ljava/util/Locale;", REPLACE, "ValueGate.setLocale"),
        Row.of(LOCALE, "setDefault", CATEGORY + "Ljava/util/Locale;", REPLACE, "ValueGate.setLocale"),
        Row.of(ZONE, "getDefaultRef", "", ANSWER, "ValueGate.zone"),
        Row.of(ZONE, "setDefault", "Ljava/util/TimeZone;", REPLACE, "ValueGate.setZone"),

        // A provider that a function adds is in its own list; the JDK's own providers cannot be changed.
        Row.of(PROVIDERS, "setProviderList", "Lsun/security/jca/ProviderList;", OWN_SET, "providers"),
        Row.of(SECURITY, "getProperty", TEXT, ANSWER, "ValueGate.securityProperty"),
        Row.of(SECURITY, "setProperty", TEXT + TEXT, REPLACE, "ValueGate.setSecurityProperty"),
        Row.of(PROVIDER, "put", OBJECT + OBJECT, RECEIVER, "Refusals.changesProvider"),
        Row.of(PROVIDER, "putIfAbsent", OBJECT + OBJECT, RECEIVER, "Refusals.changesProvider"),
        Row.of(PROVIDER, "putAll", "Ljava/util/Map;", RECEIVER, "Refusals.changesProvider"),
        Row.of(PROVIDER, "load", "Ljava/io/InputStream;", RECEIVER, "Refusals.changesProvider"),
        Row.of(PROVIDER, "remove", OBJECT, RECEIVER, "Refusals.changesProvider"),
        Row.of(PROVIDER, "remove", OBJECT + OBJECT, RECEIVER, "Refusals.changesProvider"),
        Row.of(PROVIDER, "replace", OBJECT + OBJECT, RECEIVER, "Refusals.changesProvider"),
        Row.of(PROVIDER, "replace", OBJECT + OBJECT + OBJECT, RECEIVER, "Refusals.changesProvider"),
        Row.of(PROVIDER, "replaceAll", "Ljava/util/function/BiFunction;", RECEIVER, "Refusals.changesProvider"),
        Row.of(PROVIDER, "compute", OBJECT + "Ljava/util/function/BiFunction;", RECEIVER, "Refusals.changesProvider"),
        Row.of(PROVIDER, "computeIfAbsent", OBJECT + "Ljava/util/function/Function;", RECEIVER,
                "Refusals.changesProvider"),
        Row.of(PROVIDER, "computeIfPresent", OBJECT + "Ljava/util/function/BiFunction;", RECEIVER,
                "Refusals.changesProvider"),
        Row.of(PROVIDER, "merge", OBJECT + OBJECT + "Ljava/util/function/BiFunction;", RECEIVER,
                "Refusals.changesProvider"),
        Row.of(PROVIDER, "clear", "", RECEIVER, "Refusals.changesProvider"),
        Row.of(CONTEXT, "getDefault", "", ANSWER, "TlsGate.context"),
        Row.of(CONTEXT, "setDefault", "Ljavax/net/ssl/SSLContext;", OWN_SET, "TLS context"),
        Row.of("javax.net.ssl.SSLSocketFactory", "getDefault", "", ANSWER, "TlsGate.sockets"),
        Row.of("javax.net.ssl.SSLServerSocketFactory", "getDefault", "", ANSWER, "TlsGate.serverSockets"),
        Row.refuse("java.security.Policy", "setPolicy", "Ljava/security/Policy;", ANY_BUT + "the security policy"),
        Row.refuse("java.security.IdentityScope", "setSystemScope", "Ljava/security/IdentityScope;",
                ANY_BUT + "the scope of identities"),

        Row.of("java.net.URL", "setURLStreamHandlerFactory", "Ljava/net/URLStreamHandlerFactory;", REPLACE,
                "ValueGate.setStreamHandlers"),
        Row.of("java.net.URL", "getURLStreamHandler", TEXT, ANSWER, "ValueGate.streamHandler"),
        Row.of(CONNECTION, "<init>", URL, AFTER, "ValueGate.connectionMade"),
        Row.of(CONNECTION, "getFileNameMap", "", OWN_GET, "file name map"),
        Row.of(CONNECTION, "setFileNameMap", "Ljava/net/FileNameMap;", OWN_SET, "file name map"),
        Row.of(CONNECTION, "getDefaultAllowUserInteraction", "", OWN_GET, "allows user interaction"),
        Row.of(CONNECTION, "setDefaultAllowUserInteraction", "Z", OWN_SET, "allows user interaction"),
        Row.of(CONNECTION, "setDefaultUseCaches", "Z", REPLACE, "ValueGate.setUsesCaches"),
        Row.of(CONNECTION, "getDefaultUseCaches", "", ANSWER, "ValueGate.usesCaches"),
        Row.of(CONNECTION, "setDefaultUseCaches", TEXT + "Z", REPLACE, "ValueGate.setUsesCaches"),
        Row.of(CONNECTION, "getDefaultUseCaches", TEXT, ANSWER, "ValueGate.usesCaches"),
        Row.refuse(CONNECTION, "setContentHandlerFactory", "Ljava/net/ContentHandlerFactory;",
                ANY_BUT + "the factory of content handlers"),
        Row.of(HTTP, "<init>", URL, AFTER, "ValueGate.httpConnectionMade"),
        Row.of(HTTP, "getFollowRedirects", "", OWN_GET, "follows redirects"),
        Row.of(HTTP, "setFollowRedirects", "Z", OWN_SET, "follows redirects"),
        Row.of(HTTPS, "<init>", URL, AFTER, "TlsGate.connectionMade"),
        Row.of(HTTPS, "getDefaultHostnameVerifier", "", OWN_GET, "hostname verifier"),
        Row.of(HTTPS, "setDefaultHostnameVerifier", "Ljavax/net/ssl/HostnameVerifier;", OWN_SET, "hostname verifier"),
        Row.of(HTTPS, "getDefaultSSLSocketFactory", "", ANSWER, "TlsGate.connectionSockets"),
        Row.of(HTTPS, "setDefaultSSLSocketFactory", "Ljavax/net/ssl/SSLSocketFactory;", OWN_SET, "TLS sockets"),
        Row.field(AUTHENTICATOR, "theAuthenticator", "ValueGate.authenticator"),
        Row.of(AUTHENTICATOR, "setDefault", "Ljava/net/Authenticator;", OWN_SET, "authenticator"),
        Row.of("sun.net.www.protocol.http.AuthenticatorKeys", "getKey", "Ljava/net/Authenticator;", ANSWER,
                "ValueGate.passwordKey").until(LAST_WITH_PASSWORD_KEYS),
        Row.filter("sun.net.www.protocol.http.AuthCacheImpl", "getAuthCacheFor", "Ljava/net/Authenticator;", 0,
                "ValueGate.passwordsOf").from(LAST_WITH_PASSWORD_KEYS + 1),
        Row.filter(IDLE, "get", URL + OBJECT, 1, "ValueGate.idleConnection"),
        Row.of(IDLE, "put", URL + OBJECT + "Lsun/net/www/http/HttpClient;", REPLACE, "ValueGate.closesIdle"),
        Row.filter(IDLE, "put", URL + OBJECT + "Lsun/net/www/http/HttpClient;", 1, "ValueGate.idleConnection"),
        Row.of("java.net.ProxySelector", "getDefault", "", OWN_GET, "proxy selector"),
        Row.of("java.net.ProxySelector", "setDefault", "Ljava/net/ProxySelector;", OWN_SET, "proxy selector"),
        Row.of("java.net.CookieHandler", "getDefault", "", OWN_GET, "cookie handler"),
        Row.of("java.net.CookieHandler", "setDefault", "Ljava/net/CookieHandler;", OWN_SET, "cookie handler"),
        Row.of("java.net.ResponseCache", "getDefault", "", OWN_GET, "response cache"),
        Row.of("java.net.ResponseCache", "setDefault", "Ljava/net/ResponseCache;", OWN_SET, "response cache"),
        Row.refuse("java.net.Socket", "setSocketImplFactory", "Ljava/net/SocketImplFactory;",
                ANY_BUT + "the factory of sockets"),
        Row.refuse("java.net.ServerSocket", "setSocketFactory", "Ljava/net/SocketImplFactory;",
                ANY_BUT + "the factory of server sockets"),
        Row.refuse("java.net.DatagramSocket", "setDatagramSocketImplFactory", "Ljava/net/DatagramSocketImplFactory;",
                ANY_BUT + "the factory of datagram sockets"),

        Row.of(DRIVERS, "ensureDriversInitialized", "", REPLACE, "SqlGate.looks"),
        Row.of(DRIVERS, "getLoginTimeout", "", OWN_GET, "login timeout"),
        Row.of(DRIVERS, "setLoginTimeout", "I", OWN_SET, "login timeout"),
        Row.of(DRIVERS, "getLogWriter", "", OWN_GET, "SQL log"),
        Row.of(DRIVERS, "setLogWriter", "Ljava/io/PrintWriter;", OWN_SET, "SQL log"),
        Row.of(DRIVERS, "getLogStream", "", OWN_GET, "SQL log stream"),
        Row.of(DRIVERS, "setLogStream", "Ljava/io/PrintStream;", OWN_SET, "SQL log stream"),

        Row.of("java.util.logging.LogManager", "getLogManager", "", ANSWER, "LogGate.manager"),
        Row.of("java.util.logging.Logger", "getGlobal", "", ANSWER, "LogGate.global"),
        Row.of("java.util.logging.Logger", "getParent", "", ANSWER, "LogGate.parent"),
        Row.of("java.util.logging.Logger", "setLevel", "Ljava/util/logging/Level;", RECEIVER, "LogGate.changes"),
        Row.of("java.util.logging.Logger", "addHandler", "Ljava/util/logging/Handler;", RECEIVER, "LogGate.changes"),
        Row.of("java.util.logging.Logger", "removeHandler", "Ljava/util/logging/Handler;", RECEIVER,
                "LogGate.changes"),
        Row.of("java.util.logging.Logger", "setUseParentHandlers", "Z", RECEIVER, "LogGate.changes"),
        Row.of("java.util.logging.Logger", "setFilter", "Ljava/util/logging/Filter;", RECEIVER, "LogGate.changes"),
        Row.of("java.util.logging.Logger", "setParent", "Ljava/util/logging/Logger;", RECEIVER, "LogGate.changes"),
        Row.of("java.util.logging.Logger", "setResourceBundle", "Ljava/util/ResourceBundle;", RECEIVER,
                "LogGate.changes"),
        Row.refuse("java.util.logging.Logging", "setLoggerLevel", TEXT + TEXT, "change levels by the logging bean, "
                + "which all share; its loggers have their own"),

        Row.of("java.lang.management.ManagementFactory", "getPlatformMBeanServer", "", ANSWER, "BeanGate.platform"),
        Row.of("javax.management.MBeanServerFactory", "addMBeanServer", "Ljavax/management/MBeanServer;", REPLACE,
                "BeanGate.adds"),
        Row.of("javax.management.MBeanServerFactory", "findMBeanServer", TEXT, ANSWER, "BeanGate.finds"),
        Row.refuse("java.util.prefs.Preferences", "userRoot", "", "use preferences, which all share"),
        Row.refuse("java.util.prefs.Preferences", "systemRoot", "", "use preferences, which all share"),
        Row.refuse("java.util.prefs.Preferences", "userNodeForPackage", "Ljava/lang/Class;",
                "use preferences, which all share"),
        Row.refuse("java.util.prefs.Preferences", "systemNodeForPackage", "Ljava/lang/Class;",
                "use preferences, which all share"),
        Row.refuse("javax.naming.spi.NamingManager", "setObjectFactoryBuilder",
                "Ljavax/naming/spi/ObjectFactoryBuilder;", ANY_BUT + "the builder of JNDI objects"),
        Row.refuse("javax.naming.spi.NamingManager", "setInitialContextFactoryBuilder",
                "Ljavax/naming/spi/InitialContextFactoryBuilder;", ANY_BUT + "the builder of JNDI contexts"),
        Row.refuse("java.rmi.server.RMISocketFactory", "setSocketFactory", "Ljava/rmi/server/RMISocketFactory;",
                ANY_BUT + "the factory of RMI sockets"),
        Row.refuse("java.rmi.server.RMISocketFactory", "setFailureHandler", "Ljava/rmi/server/RMIFailureHandler;",
                ANY_BUT + "the failure handler of RMI"),
    };

    private ValueRows() {}
}
