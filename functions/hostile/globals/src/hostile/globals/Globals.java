// Changes or reads what a JVM has once for all. `how`: set (sets each to something of its own; answers how each attempt ended), read (answers what it sees of each),
// providers (tries to change the JDK's own security providers), detour (reads and writes system properties by reflection, method handles and streams),
// formats (formats a number, a date and a zone by its defaults), sql (answers the drivers that it finds), logs (logs by java.util.logging through its own handler, answers what the handler saw).
// The same jar is the attacker in one namespace and the victim in another.
package hostile.globals;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.Authenticator;
import java.net.CacheRequest;
import java.net.CacheResponse;
import java.net.CookieHandler;
import java.net.CookieManager;
import java.net.HttpURLConnection;
import java.net.ProxySelector;
import java.net.ResponseCache;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.security.Provider;
import java.security.Security;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TimeZone;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.prefs.Preferences;
import javax.naming.spi.NamingManager;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;

public final class Globals {
    private static final List<String> SEEN = new ArrayList<>();
    private static final Logger KEPT = Logger.getLogger("shared.by.name");

    private Globals() {}

    private interface Attempt {
        Object run() throws Throwable;
    }

    public static JsonObject main(JsonObject args) {
        String how = args.has("how") ? args.get("how").getAsString() : "read";
        JsonObject result = new JsonObject();
        switch (how) {
            case "set" -> set(result);
            case "read" -> read(result);
            case "providers" -> providers(result);
            case "detour" -> detour(result);
            case "formats" -> formats(result);
            case "sql" -> attempt(result, "drivers", () -> DriverManager.drivers().map(driver -> driver.getClass().getName()).toList());
            case "logs" -> logs(result, args.has("text") ? args.get("text").getAsString() : "hello");
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        return result;
    }

    private static void attempt(JsonObject result, String name, Attempt attempt) {
        try {
            result.addProperty(name, String.valueOf(attempt.run()));
        } catch (Throwable refused) {
            result.addProperty(name, "refused: " + refused);
        }
    }

    /** Of a bean. */
    public interface Counting {
        int getCount();
    }

    private static final class Own extends Provider {
        private static final long serialVersionUID = 1;

        Own() {
            super("HostileProvider", "1", "hostile");
            put("MessageDigest.HOSTILE", "hostile.globals.Nothing");
        }
    }

    @SuppressWarnings({"deprecation", "removal"})
    private static void set(JsonObject result) {
        attempt(result, "property", () -> System.setProperty("hostile.property", "set"));
        attempt(result, "javaVersion", () -> System.setProperty("java.version", "0"));
        attempt(result, "cleared", () -> System.clearProperty("os.name"));
        attempt(result, "direct", () -> System.getProperties().put("hostile.direct", "set"));
        attempt(result, "locale", () -> {
            Locale.setDefault(Locale.forLanguageTag("tr-TR"));
            return Locale.getDefault();
        });
        attempt(result, "zone", () -> {
            TimeZone.setDefault(TimeZone.getTimeZone("Pacific/Kiritimati"));
            return TimeZone.getDefault().getID();
        });
        attempt(result, "provider", () -> Security.insertProviderAt(new Own(), 1));
        attempt(result, "removed", () -> {
            Security.removeProvider("SunEC");
            return Security.getProvider("SunEC");
        });
        attempt(result, "security", () -> {
            Security.setProperty("networkaddress.cache.ttl", "77");
            return Security.getProperty("networkaddress.cache.ttl");
        });
        attempt(result, "handlers", () -> {
            URL.setURLStreamHandlerFactory(protocol -> protocol.equals("hostile") || protocol.equals("http") ? new Handing() : null);
            return new URL("hostile://x/").getProtocol();
        });
        attempt(result, "redirects", () -> {
            HttpURLConnection.setFollowRedirects(false);
            return HttpURLConnection.getFollowRedirects();
        });
        attempt(result, "caches", () -> {
            URLConnection.setDefaultUseCaches("jar", false);
            return URLConnection.getDefaultUseCaches("jar");
        });
        attempt(result, "fileNames", () -> {
            URLConnection.setFileNameMap(name -> "hostile/type");
            return URLConnection.guessContentTypeFromName("a.txt");
        });
        attempt(result, "verifier", () -> {
            HttpsURLConnection.setDefaultHostnameVerifier((host, session) -> true);
            return HttpsURLConnection.getDefaultHostnameVerifier().getClass().getName().startsWith("hostile");
        });
        attempt(result, "tls", () -> {
            SSLContext own = SSLContext.getInstance("TLS");
            SSLContext.setDefault(own);
            return SSLContext.getDefault() == own;
        });
        attempt(result, "authenticator", () -> {
            Authenticator own = new Authenticator() {};
            Authenticator.setDefault(own);
            return Authenticator.getDefault() == own;
        });
        attempt(result, "proxies", () -> {
            ProxySelector own = ProxySelector.of(null);
            ProxySelector.setDefault(own);
            return ProxySelector.getDefault() == own;
        });
        attempt(result, "cookies", () -> {
            CookieHandler.setDefault(new CookieManager());
            return CookieHandler.getDefault() != null;
        });
        attempt(result, "responses", () -> {
            ResponseCache.setDefault(new Remembering());
            return ResponseCache.getDefault() != null;
        });
        attempt(result, "contents", () -> {
            URLConnection.setContentHandlerFactory(type -> null);
            return "set";
        });
        attempt(result, "sockets", () -> {
            java.net.Socket.setSocketImplFactory(() -> null);
            return "set";
        });
        attempt(result, "loginTimeout", () -> {
            DriverManager.setLoginTimeout(77);
            return DriverManager.getLoginTimeout();
        });
        attempt(result, "uncaught", () -> {
            Thread.setDefaultUncaughtExceptionHandler((thread, error) -> SEEN.add(String.valueOf(error)));
            return Thread.getDefaultUncaughtExceptionHandler() != null;
        });
        attempt(result, "logReset", () -> {
            LogManager.getLogManager().reset();
            return "own";
        });
        attempt(result, "logLevel", () -> {
            Logger.getLogger("").setLevel(Level.OFF);
            KEPT.setLevel(Level.OFF);
            Logger.getLogger("").addHandler(new Keeping());
            return Logger.getLogger("").getLevel();
        });
        attempt(result, "logGlobal", () -> {
            Logger.global.setLevel(Level.OFF);
            return "set";
        });
        attempt(result, "preferences", () -> Preferences.userRoot().node("hostile"));
        attempt(result, "naming", () -> {
            NamingManager.setInitialContextFactoryBuilder(environment -> null);
            return "set";
        });
        attempt(result, "bean", () -> java.lang.management.ManagementFactory.getPlatformMBeanServer().registerMBean(
                new javax.management.StandardMBean((Counting) () -> 7, Counting.class),
                new javax.management.ObjectName("hostile:type=Bean")).getObjectName());
        attempt(result, "server", () -> javax.management.MBeanServerFactory.createMBeanServer("hostile").getDefaultDomain());
        attempt(result, "allProperties", () -> {
            Properties own = new Properties();
            own.putAll(System.getProperties());
            own.setProperty("hostile.all", "set");
            System.setProperties(own);
            return System.getProperty("hostile.all");
        });
    }

    private static void read(JsonObject result) {
        attempt(result, "property", () -> System.getProperty("hostile.property"));
        attempt(result, "javaVersion", () -> System.getProperty("java.version"));
        attempt(result, "cleared", () -> System.getProperty("os.name"));
        attempt(result, "direct", () -> System.getProperty("hostile.direct"));
        attempt(result, "allProperties", () -> System.getProperty("hostile.all"));
        attempt(result, "hosts", () -> System.getProperty("java.class.path") + System.getProperty("sun.java.command"));
        attempt(result, "folder", () -> System.getProperty("user.dir"));
        attempt(result, "locale", Locale::getDefault);
        attempt(result, "lowerCase", () -> "TITLE".toLowerCase());
        attempt(result, "zone", () -> TimeZone.getDefault().getID());
        attempt(result, "zoneId", () -> java.time.ZoneId.systemDefault());
        attempt(result, "provider", () -> Security.getProviders()[0].getName());
        attempt(result, "removed", () -> Security.getProvider("SunEC") != null);
        attempt(result, "security", () -> Security.getProperty("networkaddress.cache.ttl"));
        attempt(result, "handlers", () -> new URL("hostile://x/").getProtocol());
        attempt(result, "redirects", () -> HttpURLConnection.getFollowRedirects() + " "
                + ((HttpURLConnection) URI.create("http://127.0.0.1:1/").toURL().openConnection()).getInstanceFollowRedirects());
        attempt(result, "caches", () -> URLConnection.getDefaultUseCaches("jar"));
        attempt(result, "fileNames", () -> URLConnection.guessContentTypeFromName("a.txt"));
        attempt(result, "verifier", () -> HttpsURLConnection.getDefaultHostnameVerifier().getClass().getName());
        attempt(result, "tls", () -> SSLContext.getDefault().getSocketFactory() != null);
        attempt(result, "authenticator", Authenticator::getDefault);
        attempt(result, "proxies", () -> ProxySelector.getDefault().getClass().getName());
        attempt(result, "cookies", CookieHandler::getDefault);
        attempt(result, "responses", ResponseCache::getDefault);
        attempt(result, "loginTimeout", DriverManager::getLoginTimeout);
        attempt(result, "uncaught", Thread::getDefaultUncaughtExceptionHandler);
        attempt(result, "logLevel", () -> Logger.getLogger("").getLevel() + " " + KEPT.getLevel() + " "
                + Logger.getLogger("").getHandlers().length);
        attempt(result, "logGlobal", () -> Logger.getGlobal().getLevel());
        attempt(result, "bean", () -> java.lang.management.ManagementFactory.getPlatformMBeanServer().isRegistered(
                new javax.management.ObjectName("hostile:type=Bean")));
        attempt(result, "server", () -> javax.management.MBeanServerFactory.findMBeanServer(null).size());
    }

    /** The objects of the JDK's providers are shared, whatever list they stand in. */
    private static void providers(JsonObject result) {
        Provider shared = Security.getProvider("SUN");
        attempt(result, "put", () -> shared.put("MessageDigest.MD5", "hostile.globals.Nothing"));
        attempt(result, "setProperty", () -> shared.setProperty("MessageDigest.MD5", "hostile.globals.Nothing"));
        attempt(result, "putAll", () -> {
            shared.putAll(Map.of("MessageDigest.MD5", "hostile.globals.Nothing"));
            return "put";
        });
        attempt(result, "merge", () -> shared.merge("MessageDigest.MD5", "x", (a, b) -> "hostile.globals.Nothing"));
        attempt(result, "replaceAll", () -> {
            shared.replaceAll((key, value) -> "hostile.globals.Nothing");
            return "replaced";
        });
        attempt(result, "remove", () -> shared.remove("MessageDigest.MD5"));
        attempt(result, "clear", () -> {
            shared.clear();
            return "cleared";
        });
        attempt(result, "reflection", () -> Provider.class.getMethod("clear").invoke(shared));
        attempt(result, "own", () -> new Own().put("MessageDigest.OTHER", "hostile.globals.Nothing"));
    }

    @SuppressWarnings("removal")
    private static void detour(JsonObject result) {
        String name = "java.class.path";
        attempt(result, "reflection", () -> System.class.getMethod("getProperty", String.class).invoke(null, name));
        attempt(result, "handle", () -> (String) read().invokeExact(name));
        attempt(result, "proxy", () -> {
            MethodHandle bound = MethodHandles.insertArguments(read(), 0, name);
            return AccessController.doPrivileged((PrivilegedAction<?>) MethodHandleProxies.asInterfaceInstance(PrivilegedAction.class, bound));
        });
        attempt(result, "optional", () -> Optional.of(name).map(System::getProperty).orElse("none"));
        attempt(result, "bean", () -> new java.beans.Expression(System.class, "getProperty", new Object[] {name}).getValue());
        attempt(result, "integer", () -> {
            System.setProperty("hostile.number", "7");
            return Integer.getInteger("hostile.number");
        });
        attempt(result, "writeByReflection", () -> System.class.getMethod("setProperty", String.class, String.class)
                .invoke(null, "hostile.property", "set"));
        attempt(result, "runtimeBean", () -> java.lang.management.ManagementFactory.getRuntimeMXBean().getSystemProperties().get(name));
        attempt(result, "thread", () -> {
            String[] seen = new String[1];
            Thread thread = new Thread(() -> seen[0] = System.getProperty(name));
            thread.start();
            thread.join();
            return seen[0];
        });
    }

    private static MethodHandle read() throws ReflectiveOperationException {
        return MethodHandles.lookup().findStatic(System.class, "getProperty", MethodType.methodType(String.class, String.class));
    }

    private static void formats(JsonObject result) {
        attempt(result, "number", () -> String.format("%,.2f", 1234567.5));
        attempt(result, "date", () -> String.format("%tc", new Date(0)));
        attempt(result, "upper", () -> "title".toUpperCase());
    }

    private static void logs(JsonObject result, String text) {
        SEEN.clear();
        Handler keeping = new Keeping();
        KEPT.addHandler(keeping);
        KEPT.warning(text);
        Logger.getLogger("another.name").warning(text);
        KEPT.removeHandler(keeping);
        JsonArray seen = new JsonArray();
        SEEN.forEach(seen::add);
        result.add("seen", seen);
    }

    private static final class Keeping extends Handler {
        @Override
        public void publish(LogRecord record) {
            SEEN.add(record.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    private static final class Handing extends URLStreamHandler {
        @Override
        protected URLConnection openConnection(URL url) throws IOException {
            throw new IOException("hostile");
        }
    }

    private static final class Remembering extends ResponseCache {
        @Override
        public CacheResponse get(URI uri, String method, Map<String, List<String>> headers) {
            return null;
        }

        @Override
        public CacheRequest put(URI uri, URLConnection connection) {
            return null;
        }
    }
}
