// Maps and pools of the JDK that grow by what a caller chooses.
package hostile.pools;

import java.io.File;
import java.nio.charset.CoderResult;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.Security;
import java.security.Signature;
import java.security.cert.X509CertSelector;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SimpleTimeZone;
import java.util.TimeZone;
import java.util.concurrent.CyclicBarrier;
import javax.crypto.Cipher;
import javax.security.auth.kerberos.KerberosPrincipal;
import javax.security.auth.kerberos.KeyTab;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.events.EventListener;
import org.w3c.dom.events.EventTarget;

final class Keeps {
    private static final int LENGTHS = 600_000;
    private static final int LISTENERS = 100;
    private static final int LETTERS_OF_EVENT = 1 << 20;
    private static final int NUMBERS = 6_000;
    private static final int PARTS_OF_NUMBER = 3_000;
    private static final int PATTERNS = 2_500;
    private static final int LETTERS_OF_PATTERN = 4_000;
    private static final int LONG_NAMES = 24;
    private static final int LETTERS_OF_NAME = 4 << 20;
    private static final int THREADS = 8;
    private static final int LETTERS_OF_TEXT = 8 << 20;

    private Keeps() {}

    /** Others each time. */
    static void lengths() {
        int first = (int) (System.nanoTime() & 0x3fff_ffff) + 5;
        for (int i = first; i < first + LENGTHS; i++) {
            CoderResult.malformedForLength(i);
            CoderResult.unmappableForLength(i);
        }
    }

    static void listeners() throws Exception {
        EventTarget document = (EventTarget) DocumentBuilderFactory.newInstance().newDocumentBuilder().newDocument();
        EventListener listener = event -> { };
        for (int i = 0; i < LISTENERS; i++) {
            String kind = System.nanoTime() + "x".repeat(LETTERS_OF_EVENT);
            document.addEventListener(kind, listener, false);
            document.removeEventListener(kind, listener, false);
        }
    }

    static void numbers() throws Exception {
        X509CertSelector selector = new X509CertSelector();
        String start = "1.2" + ".127".repeat(PARTS_OF_NUMBER) + ".";
        for (int i = 0; i < NUMBERS; i++) {
            selector.setExtendedKeyUsage(Set.of(start + System.nanoTime()));
        }
    }

    static void patterns() {
        for (int i = 0; i < PATTERNS; i++) {
            String modes = System.nanoTime() + "x".repeat(LETTERS_OF_PATTERN);
            try {
                Cipher.getInstance("Kept/ABC/DEF", new Kept(modes));
            } catch (GeneralSecurityException unknown) {
                // It has been asked for its modes, and that was all.
            }
        }
    }

    private static final class Kept extends Provider {
        private static final long serialVersionUID = 1;

        Kept(String modes) {
            super("Kept", "1", "");
            putService(new Service(this, "Cipher", "Kept", "none", null, Map.of("SupportedModes", modes, "SupportedPaddings", modes + "y")));
        }
    }

    /** Whether a class signs by itself, by its name, which need not be one. */
    static void signatures() throws Exception {
        for (int i = 0; i < LONG_NAMES; i++) {
            Signs signs = new Signs(longName());
            Security.addProvider(signs);
            Signature.getInstance("SIGNS");
            Security.removeProvider(signs.getName());
        }
    }

    private static final class Signs extends Provider {
        private static final long serialVersionUID = 1;

        Signs(String type) {
            super("Signs", "1", "");
            putService(new Service(this, "Signature", "SIGNS", type, null, null) {
                @Override
                public Object newInstance(Object given) {
                    try {
                        return Signature.getInstance("SHA256withRSA");
                    } catch (GeneralSecurityException lacking) {
                        throw new IllegalStateException(lacking);
                    }
                }
            });
        }
    }

    static void zones() {
        for (int i = 0; i < LONG_NAMES; i++) {
            new SimpleTimeZone(0, longName()).getDisplayName(false, TimeZone.LONG, Locale.US);
        }
    }

    /** Tables of Kerberos keys in files that are not there. */
    static void tables() {
        for (int i = 0; i < LONG_NAMES; i++) {
            KeyTab.getUnboundInstance(new File("/" + longName())).getKeys(new KerberosPrincipal("service@REALM"));
        }
    }

    private static String longName() {
        return "x".repeat(LETTERS_OF_NAME) + System.nanoTime();
    }

    /** One text in many documents, whose length is asked for in all of them at once. */
    static void texts() throws Exception {
        String text = "x".repeat(LETTERS_OF_TEXT);
        CyclicBarrier start = new CyclicBarrier(THREADS);
        Thread[] threads = new Thread[THREADS];
        for (int i = 0; i < THREADS; i++) {
            threads[i] = new Thread(() -> length(text, start));
            threads[i].start();
        }
        for (Thread each : threads) {
            each.join();
        }
    }

    private static void length(String text, CyclicBarrier start) {
        try {
            Document document = DocumentBuilderFactory.newInstance().newDocumentBuilder().newDocument();
            Element all = document.createElement("a");
            document.appendChild(all);
            all.appendChild(document.createTextNode(text));
            all.appendChild(document.createElement("b"));
            start.await();
            XPathFactory.newInstance().newXPath().evaluate("string-length(string(/a))", document);
        } catch (Exception failed) {
            throw new IllegalStateException(failed);
        }
    }
}
