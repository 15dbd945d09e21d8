// Objects and settings of the JDK that are one for all. What `take` does, `look` would see.
package hostile.commons;

import static hostile.commons.Commons.attempt;

import com.google.gson.JsonObject;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.beans.Beans;
import java.beans.Introspector;
import java.beans.PropertyEditorManager;
import java.beans.PropertyEditorSupport;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.lang.management.PlatformManagedObject;
import java.net.Authenticator;
import java.net.PasswordAuthentication;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.rmi.Remote;
import java.rmi.registry.LocateRegistry;
import java.rmi.server.RMIClientSocketFactory;
import java.rmi.server.RMIServerSocketFactory;
import java.rmi.server.RemoteServer;
import java.rmi.server.UnicastRemoteObject;
import java.sql.DriverManager;
import java.util.Arrays;
import java.util.ListResourceBundle;
import java.util.Locale;
import java.util.Map;
import java.util.MissingResourceException;
import java.util.ResourceBundle;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;

final class Shared {
    private static final String ZIP = "jar:file:" + System.getProperty("java.home") + "/lib/jrt-fs.jar";
    private static final String ENTRY = "META-INF/MANIFEST.MF";

    private Shared() {}

    @SuppressWarnings({"deprecation", "removal"})
    static void take(JsonObject result) {
        attempt(result, "zip", () -> Files.mount(ZIP));
        attempt(result, "jar", () -> {
            Files.jar(ZIP + "!/").close();
            return "closed";
        });
        attempt(result, "sessions", () -> {
            SSLContext.getDefault().getClientSessionContext().setSessionTimeout(77);
            SSLContext.getDefault().getServerSessionContext().setSessionCacheSize(77);
            return SSLContext.getDefault().getClientSessionContext().getSessionTimeout();
        });
        attempt(result, "assertions", () -> {
            ClassLoader.getPlatformClassLoader().setDefaultAssertionStatus(true);
            return "set";
        });
        attempt(result, "assertionsOfHost", () -> {
            Shared.class.getClassLoader().getClass().getClassLoader().setClassAssertionStatus("flock.shim.Shim", true);
            return "set";
        });
        attempt(result, "assertionsOfParent", () -> {
            Shared.class.getClassLoader().getParent().setPackageAssertionStatus("com.google.gson", true);
            return "set";
        });
        attempt(result, "assertionsCleared", () -> {
            ClassLoader.getPlatformClassLoader().clearAssertionStatus();
            return "cleared";
        });
        attempt(result, "policy", () -> {
            java.security.Policy.setPolicy(new java.security.Policy() {});
            return "set";
        });
        attempt(result, "scope", () -> {
            new Scope().put();
            return "set";
        });
        attempt(result, "profile", () -> {
            ICC_Profile profile = ICC_Profile.getInstance(ColorSpace.CS_sRGB);
            profile.setData(ICC_Profile.icSigCopyrightTag, profile.getData(ICC_Profile.icSigProfileDescriptionTag));
            return "set";
        });
        attempt(result, "localeFonts", () -> {
            java.awt.GraphicsEnvironment.getLocalGraphicsEnvironment().preferLocaleFonts();
            return "set";
        });
        attempt(result, "proportionalFonts", () -> {
            java.awt.GraphicsEnvironment.getLocalGraphicsEnvironment().preferProportionalFonts();
            return "set";
        });
        attempt(result, "scheduler", () -> {
            scheduler("setParallelism", 1);
            return "set";
        });
        attempt(result, "export", () -> UnicastRemoteObject.exportObject(new Remote() {}, 0));
        attempt(result, "exportThroughOwn", () -> UnicastRemoteObject.exportObject(new Remote() {}, 0, new Connecting(), new Listening()));
        attempt(result, "registry", () -> LocateRegistry.createRegistry(0, new Connecting(), new Listening()));
        attempt(result, "remoteLog", () -> {
            RemoteServer.setLog(new ByteArrayOutputStream());
            return "set";
        });
        attempt(result, "remoteStream", () -> {
            java.rmi.server.LogStream.setDefaultStream(new PrintStream(new ByteArrayOutputStream()));
            return "set";
        });
        attempt(result, "beanPath", () -> {
            Introspector.setBeanInfoSearchPath(new String[] {"hostile.commons"});
            return Arrays.toString(Introspector.getBeanInfoSearchPath());
        });
        attempt(result, "editor", () -> {
            PropertyEditorManager.registerEditor(Thread.class, Editor.class);
            return PropertyEditorManager.findEditor(Thread.class).getClass().getSimpleName();
        });
        attempt(result, "designTime", () -> {
            Beans.setDesignTime(true);
            return Beans.isDesignTime();
        });
        attempt(result, "bundle", () -> bundle(new Own()));
        attempt(result, "driver", () -> {
            DriverManager.registerDriver(new Services.OwnDriver());
            return DriverManager.getDriver("jdbc:commons:a").getClass().getSimpleName();
        });
        attempt(result, "sqlLog", () -> {
            DriverManager.setLogWriter(new PrintWriter(new StringWriter()));
            return DriverManager.getLogWriter() != null;
        });
        attempt(result, "password", () -> {
            Authenticator.setDefault(new Authenticator() {
                @Override
                protected PasswordAuthentication getPasswordAuthentication() {
                    return new PasswordAuthentication("taken", new char[0]);
                }
            });
            return password();
        });
    }

    @SuppressWarnings("removal")
    static void look(JsonObject result) {
        // As a file system of its own, while others have theirs.
        attempt(result, "zipOfOthers", () -> java.nio.file.FileSystems.getFileSystem(URI.create(ZIP)));
        attempt(result, "zip", () -> {
            try (java.nio.file.FileSystem own = java.nio.file.FileSystems.newFileSystem(URI.create(ZIP), Map.of())) {
                return java.nio.file.Files.readAllBytes(own.getPath(ENTRY)).length;
            }
        });
        attempt(result, "jar", () -> {
            try (java.io.InputStream in = URI.create(ZIP + "!/" + ENTRY).toURL().openStream()) {
                return in.readAllBytes().length;
            }
        });
        attempt(result, "sessions", () -> SSLContext.getDefault().getClientSessionContext().getSessionTimeout() + " "
                + SSLContext.getDefault().getServerSessionContext().getSessionCacheSize());
        attempt(result, "sockets", () -> System.identityHashCode(SSLSocketFactory.getDefault()) + " "
                + (HttpsURLConnection.getDefaultSSLSocketFactory() == SSLSocketFactory.getDefault()));
        attempt(result, "assertions", () -> java.sql.Types.class.desiredAssertionStatus());
        attempt(result, "policy", () -> java.security.Policy.getPolicy().getClass().getClassLoader());
        attempt(result, "scope", () -> java.security.IdentityScope.getSystemScope().getClass().getClassLoader());
        attempt(result, "profile", () -> Arrays.hashCode(ICC_Profile.getInstance(ColorSpace.CS_sRGB).getData()));
        attempt(result, "scheduler", () -> scheduler("getParallelism"));
        attempt(result, "remoteLog", RemoteServer::getLog);
        attempt(result, "beanPath", () -> Arrays.toString(Introspector.getBeanInfoSearchPath()));
        attempt(result, "editor", () -> PropertyEditorManager.findEditor(Thread.class));
        attempt(result, "designTime", Beans::isDesignTime);
        attempt(result, "bundle", () -> bundle(ResourceBundle.Control.getControl(ResourceBundle.Control.FORMAT_CLASS)));
        attempt(result, "drivers", () -> DriverManager.drivers().filter(each -> each.getClass().getClassLoader() != Shared.class.getClassLoader()).count());
        attempt(result, "connection", () -> DriverManager.getConnection("jdbc:commons:taken"));
        attempt(result, "sqlLog", DriverManager::getLogWriter);
        attempt(result, "password", Shared::password);
    }

    private static String password() throws java.net.UnknownHostException {
        PasswordAuthentication given = Authenticator.requestPasswordAuthentication("example.org", null, 80, "http", "realm", "basic");
        return given == null ? null : given.getUserName();
    }

    /** A name that no jar has, asked of a loader of all. */
    private static String bundle(ResourceBundle.Control control) {
        try {
            return ResourceBundle.getBundle("shared.Texts", Locale.ROOT, ClassLoader.getPlatformClassLoader(), control).getString("a");
        } catch (MissingResourceException none) {
            return null;
        }
    }

    /** Of JDK 24 and later. */
    private static Object scheduler(String method, Object... args) throws ReflectiveOperationException {
        Class<?> type = Class.forName("jdk.management.VirtualThreadSchedulerMXBean");
        Object bean = ManagementFactory.getPlatformMXBean(type.asSubclass(PlatformManagedObject.class));
        return args.length == 0 ? type.getMethod(method).invoke(bean) : type.getMethod(method, int.class).invoke(bean, args);
    }

    /** Without a socket of the system, so that nothing else could refuse. */
    private static final class Listening implements RMIServerSocketFactory {
        @Override
        public ServerSocket createServerSocket(int port) throws java.io.IOException {
            return new ServerSocket() {
                @Override
                public Socket accept() throws java.io.IOException {
                    throw new java.io.IOException("nobody");
                }

                @Override
                public int getLocalPort() {
                    return 1;
                }
            };
        }
    }

    private static final class Connecting implements RMIClientSocketFactory, java.io.Serializable {
        private static final long serialVersionUID = 1;

        @Override
        public Socket createSocket(String host, int port) throws java.io.IOException {
            throw new java.io.IOException("nobody");
        }

        /** Equal to that of anybody else. */
        @Override
        public boolean equals(Object other) {
            return true;
        }

        @Override
        public int hashCode() {
            return 1;
        }
    }

    @SuppressWarnings({"deprecation", "removal"})
    private static final class Scope extends java.security.IdentityScope {
        private static final long serialVersionUID = 1;

        void put() {
            setSystemScope(this);
        }

        @Override
        public int size() {
            return 0;
        }

        @Override
        public java.security.Identity getIdentity(String name) {
            return null;
        }

        @Override
        public java.security.Identity getIdentity(java.security.PublicKey key) {
            return null;
        }

        @Override
        public void addIdentity(java.security.Identity identity) {}

        @Override
        public void removeIdentity(java.security.Identity identity) {}

        @Override
        public java.util.Enumeration<java.security.Identity> identities() {
            return java.util.Collections.emptyEnumeration();
        }
    }

    public static final class Editor extends PropertyEditorSupport {}

    private static final class Own extends ResourceBundle.Control {
        @Override
        public ResourceBundle newBundle(String name, Locale locale, String format, ClassLoader loader, boolean reload) {
            return new ListResourceBundle() {
                @Override
                protected Object[][] getContents() {
                    return new Object[][] {{"a", "taken"}};
                }
            };
        }
    }
}
