// Leaves in what the JDK remembers for all an object of its own, or what a provider of its own says. `how`: take (leaves each), look (what a victim gets of each), kept (what came into the hands of who took).
// The same jar is the attacker in one namespace and the victim in another. Answers: `refused: ...`, `absent`, or `got ...`.
package hostile.remembered;

import com.google.gson.JsonObject;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.Toolkit;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ObjectStreamClass;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PublicKey;
import java.security.Security;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.FormatStyle;
import java.util.Locale;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import javax.crypto.interfaces.DHPublicKey;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

public final class Remembered {
    private static final StringBuilder HEARD = new StringBuilder();
    private static final int UNUSUAL_BITS = 832;
    /** A class of the JDK that names no number of its own. */
    private static final Class<?> UNNUMBERED = javax.swing.text.TabStop.class;
    private static final LocalDate DAY = LocalDate.of(2024, 3, 5);

    private Remembered() {}

    interface Attempt {
        Object run() throws Throwable;
    }

    public static JsonObject main(JsonObject args) {
        JsonObject result = new JsonObject();
        switch (args.get("how").getAsString()) {
            case "take" -> take(result);
            case "look" -> look(result);
            case "kept" -> attempt(result, "heard", () -> HEARD.length() == 0 ? null : HEARD);
            default -> throw new IllegalArgumentException("unknown 'how'");
        }
        return result;
    }

    private static void attempt(JsonObject result, String name, Attempt attempt) {
        try {
            Object got = attempt.run();
            result.addProperty(name, got == null ? "absent" : "got " + got);
        } catch (Throwable refused) {
            StringBuilder why = new StringBuilder("refused: ");
            for (Throwable at = refused; at != null; at = at.getCause()) why.append(at).append("; ");
            result.addProperty(name, why.toString());
        }
    }

    @SuppressWarnings("deprecation")
    private static void take(JsonObject result) {
        attempt(result, "providers", () -> Security.insertProviderAt(new Liar(), 1));
        attempt(result, "trust", () -> {
            int own = 0;
            for (X509Certificate each : trusted()) own += each.getPublicKey() == Liar.KEY ? 1 : 0;
            return own;
        });
        attempt(result, "certificate", () -> {
            certificate().verify(new Listening());
            return "verified";
        });
        attempt(result, "parameters", () -> agreed().bitLength());
        attempt(result, "number", Remembered::number);
        attempt(result, "format", () -> new DateTimeFormatterBuilder().appendLocalized(FormatStyle.FULL, null)
                .toFormatter(Locale.US).withChronology(new Calendar()).format(DAY));
        attempt(result, "font", () -> widthOf(new Listener()));
        attempt(result, "events", () -> {
            Toolkit.getDefaultToolkit().addAWTEventListener(event -> HEARD.append(event), -1);
            return "listens";
        });
        attempt(result, "root", () -> {
            Logger.global.getParent().addHandler(new Ear());
            return Logger.global.getParent() == Logger.getLogger("");
        });
        attempt(result, "hidden", () -> Files.setAttribute(Path.of(System.getProperty("java.home"), "release"), "dos:hidden", true));
        attempt(result, "user", () -> Class.forName("com.sun.security.auth.module.UnixSystem").getConstructor().newInstance());
        attempt(result, "account", () -> Path.of(".").getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("root"));
        attempt(result, "source", () -> Remembered.class.getClassLoader().getClass().getProtectionDomain().getCodeSource());
    }

    private static void look(JsonObject result) {
        attempt(result, "trust", () -> {
            int wrong = 0;
            for (X509Certificate each : trusted()) wrong += isOfItself(each) ? 0 : 1;
            return wrong;
        });
        attempt(result, "certificate", () -> isOfItself(certificate()));
        attempt(result, "parameters", () -> agreed().bitLength());
        attempt(result, "number", Remembered::number);
        attempt(result, "format", () -> DateTimeFormatter.ofLocalizedDate(FormatStyle.FULL).withLocale(Locale.US).format(DAY));
        attempt(result, "font", () -> widthOf(new Font("Dialog", Font.PLAIN, 12)));
        attempt(result, "log", () -> {
            System.getLogger("victim").log(System.Logger.Level.ERROR, "a line of the victim");
            return "said";
        });
    }

    private static X509Certificate[] trusted() throws Exception {
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init((KeyStore) null);
        return ((X509TrustManager) factory.getTrustManagers()[0]).getAcceptedIssuers();
    }

    /** The same for everybody: the first by name that is signed as Liar understands it. */
    private static X509Certificate certificate() throws Exception {
        X509Certificate first = null;
        for (X509Certificate each : trusted()) {
            boolean fits = each.getSigAlgName().equals("SHA256withRSA") && isOfItself(each);
            if (fits && (first == null || each.getSubjectX500Principal().getName().compareTo(first.getSubjectX500Principal().getName()) < 0)) {
                first = each;
            }
        }
        return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(first.getEncoded()));
    }

    private static boolean isOfItself(X509Certificate certificate) {
        try {
            certificate.verify(certificate.getPublicKey());
            return true;
        } catch (Exception wrong) {
            return false;
        }
    }

    private static BigInteger agreed() throws Exception {
        KeyPairGenerator pairs = KeyPairGenerator.getInstance("DH", "SunJCE");
        pairs.initialize(UNUSUAL_BITS);
        BigInteger prime = ((DHPublicKey) pairs.generateKeyPair().getPublic()).getParams().getP();
        return prime.equals(Liar.PRIME) ? BigInteger.ONE : prime;
    }

    private static long number() {
        return ObjectStreamClass.lookup(UNNUMBERED).getSerialVersionUID();
    }

    private static String widthOf(Font font) {
        Graphics2D graphics = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB).createGraphics();
        graphics.setFont(font);
        graphics.getFontMetrics(font).stringWidth("a");
        return graphics.getFontMetrics(font).getFont().getClass().getSimpleName();
    }

    private static final class Ear extends Handler {
        @Override
        public void publish(LogRecord line) {
            HEARD.append(line.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    private static final class Listening implements PublicKey {
        private static final long serialVersionUID = 1;

        @Override
        public String getAlgorithm() {
            return "RSA";
        }

        @Override
        public String getFormat() {
            return "X.509";
        }

        @Override
        public byte[] getEncoded() {
            return new byte[] {1};
        }

        @Override
        public boolean equals(Object other) {
            HEARD.append("a key of ").append(System.getenv("__OW_NAMESPACE"));
            return true;
        }

        @Override
        public int hashCode() {
            return 1;
        }
    }

    private static final class Listener extends Font {
        private static final long serialVersionUID = 1;

        Listener() {
            super("Dialog", Font.PLAIN, 12);
        }

        @Override
        public boolean hasLayoutAttributes() {
            String who = System.getenv("__OW_NAMESPACE");
            if (!"guest".equals(who)) HEARD.append("a font of ").append(who);
            return false;
        }
    }
}
