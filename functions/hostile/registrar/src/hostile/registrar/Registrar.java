// Leaves something of its own in a registry or cache that the JDK keeps once for all, and ends. `how`: drivers, images, class-value, beans, bundle, serial, handlers, level, provider, mbean, record, proxy, lambda, annotation, thread,
// timer, hook, cleaner, http, xml, script, login, format, desktop, module (a login), connector and notices (JMX), signed (XML), editor, and what is refused: notifications, zone, rowset, font, filter, verbose. Its classes must go with it. The answer says what was done, or why not.
// `look` leaves nothing and tells what it sees there.
package hostile.registrar;

import com.google.gson.JsonObject;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.management.ManagementFactory;
import java.lang.ref.Cleaner;
import java.lang.reflect.Proxy;
import java.net.http.HttpClient;
import java.security.Provider;
import java.security.Security;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.text.SimpleDateFormat;
import java.time.zone.ZoneRules;
import java.time.zone.ZoneRulesProvider;
import java.util.Date;
import java.util.ListResourceBundle;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.Properties;
import java.util.ResourceBundle;
import java.util.Set;
import java.util.Timer;
import java.util.TimerTask;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import javax.imageio.ImageIO;
import javax.imageio.ImageTranscoder;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageTranscoderSpi;
import javax.management.NotificationEmitter;
import javax.management.ObjectName;
import javax.security.auth.login.AppConfigurationEntry;
import javax.security.auth.login.Configuration;
import javax.sql.rowset.spi.SyncFactory;
import javax.xml.parsers.DocumentBuilderFactory;

public final class Registrar {
    /** Seen in the heap's figures when it stays. */
    private static final byte[] WEIGHT = new byte[1 << 20];

    private Registrar() {}

    public static JsonObject main(JsonObject args) {
        String how = args.has("how") ? args.get("how").getAsString() : "drivers";
        JsonObject result = new JsonObject();
        if (how.equals("look")) {
            return look(result);
        }
        try {
            result.addProperty(how, "got " + leave(how));
        } catch (Throwable refused) {
            result.addProperty(how, "refused " + refused);
        }
        return result;
    }

    /** What of others, or of what a host starts with, this function sees. */
    private static JsonObject look(JsonObject seen) {
        seen.addProperty("drivers", DriverManager.drivers().count());
        seen.addProperty("useCache", ImageIO.getUseCache());
        int transcoders = 0;
        for (var i = IIORegistry.getDefaultInstance().getServiceProviders(ImageTranscoderSpi.class, false); i.hasNext(); i.next()) {
            transcoders++;
        }
        seen.addProperty("transcoders", transcoders);
        seen.addProperty("zone", ZoneRulesProvider.getAvailableZoneIds().contains("Registrar/Zone"));
        String logins;
        try {
            logins = Configuration.getConfiguration().getClass().getName();
        } catch (SecurityException none) {
            logins = "none";
        }
        seen.addProperty("logins", logins);
        seen.addProperty("editor", String.valueOf(javax.swing.UIManager.get("registrar")));
        seen.addProperty("provider", String.valueOf(Security.getProvider("Registrar")));
        seen.addProperty("filter", String.valueOf(ObjectInputFilter.Config.getSerialFilter()));
        seen.addProperty("verbose", ManagementFactory.getMemoryMXBean().isVerbose());
        String level;
        try {
            level = Level.parse("REGISTRAR").getClass().getName();
        } catch (IllegalArgumentException none) {
            level = "none";
        }
        seen.addProperty("level", level);
        seen.addProperty("handlers", Logger.getLogger("java.io").getHandlers().length);
        return seen;
    }

    private static String leave(String how) throws Throwable {
        switch (how) {
            case "drivers" -> DriverManager.registerDriver(new OwnDriver());
            case "images" -> {
                IIORegistry.getDefaultInstance().registerServiceProvider(new OwnTranscoder(), ImageTranscoderSpi.class);
                ImageIO.setUseCache(false);
                ImageIO.write(new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB), "png", new ByteArrayOutputStream());
            }
            case "class-value" -> {
                for (Class<?> each : new Class<?>[] {String.class, Integer.class, Runnable.class}) VALUES.get(each);
            }
            case "beans" -> {
                java.beans.Introspector.getBeanInfo(Bean.class).getPropertyDescriptors();
                new java.beans.Expression(new Bean(), "setName", new Object[] {"a"}).execute();
                new java.beans.Expression(Bean.class, "new", new Object[0]).getValue();
                java.beans.PropertyEditorManager.registerEditor(Bean.class, java.beans.PropertyEditorSupport.class);
            }
            case "bundle" -> ResourceBundle.getBundle(Texts.class.getName(), Locale.ROOT).getString("a");
            case "serial" -> {
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                new ObjectOutputStream(bytes).writeObject(new Bean());
                new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
            }
            case "notifications" -> ((NotificationEmitter) ManagementFactory.getMemoryMXBean())
                    .addNotificationListener((notification, back) -> WEIGHT[0]++, null, null);
            case "handlers" -> {
                Logger.getLogger("java.io").addHandler(new OwnHandler());
                Logger.getLogger("registrar").info("one line");
                System.getLogger("registrar").log(System.Logger.Level.INFO, "one line");
            }
            case "level" -> {
                Logger.getLogger("registrar").setLevel(new OwnLevel());
                if (!(Level.parse("REGISTRAR") instanceof OwnLevel) || Level.parse("INFO") != Level.INFO) {
                    throw new IllegalStateException("a level is not known");
                }
            }
            case "provider" -> {
                Security.addProvider(new OwnProvider());
                java.security.MessageDigest.getInstance("SHA-256").digest(WEIGHT);
                javax.crypto.Cipher.getInstance("AES/CBC/PKCS5Padding");
            }
            case "mbean" -> ManagementFactory.getPlatformMBeanServer()
                    .registerMBean(new Own(), new ObjectName("registrar:type=Own"));
            case "record" -> {
                return new Cup("tea", 3) + " " + new Cup("tea", 3).equals(new Cup("tea", 3)) + " " + new Cup("a", 1).hashCode();
            }
            case "proxy" -> ((Runnable) Proxy.newProxyInstance(Registrar.class.getClassLoader(),
                    new Class<?>[] {Runnable.class}, (self, method, given) -> null)).run();
            case "lambda" -> {
                Supplier<Bean> made = Bean::new;
                return made.get().toString();
            }
            case "annotation" -> {
                return Bean.class.getAnnotation(Mark.class).toString();
            }
            case "thread" -> new Thread(() -> pause(3_600_000)).start();
            case "timer" -> new Timer(true).schedule(new TimerTask() {
                @Override
                public void run() {
                    WEIGHT[1]++;
                }
            }, 10, 10);
            case "hook" -> Runtime.getRuntime().addShutdownHook(new Thread(() -> WEIGHT[2]++));
            case "cleaner" -> Cleaner.create().register(new Bean(), () -> WEIGHT[3]++);
            case "http" -> HttpClient.newHttpClient();
            case "xml" -> DocumentBuilderFactory.newInstance().newDocumentBuilder()
                    .parse(new ByteArrayInputStream("<a><b/></a>".getBytes("UTF-8")));
            case "script" -> {
                return String.valueOf(new javax.script.ScriptEngineManager().getEngineByName("none"));
            }
            case "zone" -> ZoneRulesProvider.registerProvider(new Zones());
            case "login" -> Configuration.setConfiguration(new Logins());
            case "rowset" -> SyncFactory.registerProvider(OwnDriver.class.getName());
            case "format" -> {
                return new SimpleDateFormat("EEEE", new Locale("xx", "YY")).format(new Date())
                        + String.format(Locale.GERMANY, "%,d", 1_000_000);
            }
            case "desktop" -> {
                java.awt.Graphics2D pen = new BufferedImage(20, 20, BufferedImage.TYPE_INT_RGB).createGraphics();
                pen.drawString("a", 2, 12);
                pen.dispose();
                java.awt.Toolkit.getDefaultToolkit();
            }
            case "module" -> Lasting.logIn();
            case "connector" -> {
                return String.valueOf(Lasting.offerBeans());
            }
            case "notices" -> {
                return Lasting.hearOfBeans();
            }
            case "signed" -> {
                return Lasting.sign();
            }
            case "font" -> java.awt.GraphicsEnvironment.getLocalGraphicsEnvironment()
                    .registerFont(new java.awt.Font("Dialog", 0, 12) { });
            case "editor" -> javax.swing.UIManager.put("registrar", new Bean());
            case "filter" -> ObjectInputFilter.Config.setSerialFilter(info -> ObjectInputFilter.Status.REJECTED);
            case "verbose" -> ManagementFactory.getMemoryMXBean().setVerbose(true);
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        return "done";
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    private static final ClassValue<Object> VALUES = new ClassValue<>() {
        @Override
        protected Object computeValue(Class<?> type) {
            return new Bean();
        }
    };

    @Retention(RetentionPolicy.RUNTIME)
    @interface Mark {
        String value() default "mark";
    }

    @Mark
    public static class Bean implements Serializable {
        private static final long serialVersionUID = 1;
        private String name = "bean";

        public String getName() {
            return name;
        }

        public void setName(String name) {
            this.name = name;
        }
    }

    private record Cup(String name, int size) {}

    public interface OwnMBean {
        int getCount();
    }

    public static final class Own implements OwnMBean {
        @Override
        public int getCount() {
            return WEIGHT.length;
        }
    }

    public static final class Texts extends ListResourceBundle {
        @Override
        protected Object[][] getContents() {
            return new Object[][] {{"a", "text"}};
        }
    }

    private static final class OwnHandler extends Handler {
        @Override
        public void publish(LogRecord line) {}

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    private static final class OwnLevel extends Level {
        private static final long serialVersionUID = 1;

        OwnLevel() {
            super("REGISTRAR", 850);
        }
    }

    private static final class OwnProvider extends Provider {
        private static final long serialVersionUID = 1;

        OwnProvider() {
            super("Registrar", "1", "none");
            put("MessageDigest.REGISTRAR", Bean.class.getName());
        }
    }

    private static final class Zones extends ZoneRulesProvider {
        @Override
        protected Set<String> provideZoneIds() {
            return Set.of("Registrar/Zone");
        }

        @Override
        protected ZoneRules provideRules(String zone, boolean forCaching) {
            return ZoneRules.of(java.time.ZoneOffset.UTC);
        }

        @Override
        protected NavigableMap<String, ZoneRules> provideVersions(String zone) {
            return new TreeMap<>();
        }
    }

    private static final class Logins extends Configuration {
        @Override
        public AppConfigurationEntry[] getAppConfigurationEntry(String name) {
            return new AppConfigurationEntry[0];
        }
    }

    private static final class OwnTranscoder extends ImageTranscoderSpi {
        @Override
        public String getReaderServiceProviderName() {
            return "registrar";
        }

        @Override
        public String getWriterServiceProviderName() {
            return "registrar";
        }

        @Override
        public ImageTranscoder createTranscoderInstance() {
            return null;
        }

        @Override
        public String getDescription(Locale locale) {
            return "registrar";
        }
    }

    public static final class OwnDriver implements Driver {
        @Override
        public Connection connect(String url, Properties info) {
            return null;
        }

        @Override
        public boolean acceptsURL(String url) {
            return url.startsWith("jdbc:registrar:");
        }

        @Override
        public DriverPropertyInfo[] getPropertyInfo(String url, Properties info) {
            return new DriverPropertyInfo[0];
        }

        @Override
        public int getMajorVersion() {
            return 1;
        }

        @Override
        public int getMinorVersion() {
            return 0;
        }

        @Override
        public boolean jdbcCompliant() {
            return false;
        }

        @Override
        public Logger getParentLogger() {
            return null;
        }
    }
}
