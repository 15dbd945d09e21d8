// Documents that are validated as trees: the JDK takes a validator out of a pool for each, and puts it back. Threads that come
// to the end of one document at the same moment put the same one back, once each.
package hostile.pools;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.DOMConfiguration;
import org.w3c.dom.DOMError;
import org.w3c.dom.DOMErrorHandler;
import org.w3c.dom.DOMImplementation;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.bootstrap.DOMImplementationRegistry;
import org.w3c.dom.ls.DOMImplementationLS;
import org.w3c.dom.ls.LSInput;
import org.w3c.dom.ls.LSResourceResolver;

final class Validators {
    private static final int THREADS = 8;
    private static final long PATIENCE_SECONDS = 5;
    private static final String SCHEMA = """
            <xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:element name='order'><xs:complexType><xs:sequence>
            <xs:element name='card' type='xs:int' maxOccurs='unbounded'/>
            </xs:sequence></xs:complexType></xs:element></xs:schema>""";

    private Validators() {}

    private static Document order(String... cards) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        Document document = factory.newDocumentBuilder().newDocument();
        Element order = document.createElementNS(null, "order");
        document.appendChild(order);
        for (String each : cards) {
            Element card = document.createElementNS(null, "card");
            card.appendChild(document.createTextNode(each));
            order.appendChild(card);
        }
        return document;
    }

    private static void validate(Document document, DOMErrorHandler errors) {
        DOMConfiguration configuration = document.getDomConfig();
        configuration.setParameter("schema-type", "http://www.w3.org/2001/XMLSchema");
        configuration.setParameter("validate", true);
        configuration.setParameter("schema-location", "http://flock.invalid/order.xsd");
        configuration.setParameter("error-handler", errors);
        DOMImplementationLS makes = (DOMImplementationLS) document.getImplementation().getFeature("LS", "3.0");
        configuration.setParameter("resource-resolver", (LSResourceResolver) (type, space, id, system, base) -> {
            LSInput schema = makes.createLSInput();
            schema.setStringData(SCHEMA);
            schema.setSystemId(system);
            return schema;
        });
        document.normalizeDocument();
    }

    /** How many threads stood before the pool with the same validator. */
    static int giveBackTwice() throws Exception {
        Document document = order("1");
        document.appendChild(document.createComment("a--b"));
        DOMImplementation pool = DOMImplementationRegistry.newInstance().getDOMImplementation("XML 3.0");
        Semaphore waiting = new Semaphore(0);
        Semaphore open = new Semaphore(0);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Thread thread = new Thread(() -> validate(document, error -> {
                if (String.valueOf(error.getMessage()).contains("--")) {
                    waiting.release();
                    open.acquireUninterruptibly();
                }
                return true;
            }));
            thread.start();
            threads.add(thread);
            waiting.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
        int blocked = 0;
        synchronized (pool) {
            open.release(THREADS * 3);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
            while (blocked < THREADS && System.nanoTime() < end) {
                Thread.sleep(10);
                blocked = (int) threads.stream().filter(each -> each.getState() == Thread.State.BLOCKED).count();
            }
        }
        for (Thread each : threads) {
            each.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
        }
        return blocked;
    }

    /** What is wrong in a document, while whose errors are told another is validated from end to end. */
    static void nested(JsonObject result) throws Exception {
        List<String> outer = new ArrayList<>();
        List<String> inner = new ArrayList<>();
        boolean[] isFirst = {true};
        Document other = order("7", "8", "b");
        validate(order("1", "a", "2", "c", "3"), error -> {
            note(outer, error);
            if (isFirst[0]) {
                isFirst[0] = false;
                validate(other, each -> note(inner, each));
            }
            return true;
        });
        result.addProperty("outer", outer.toString());
        result.addProperty("inner", inner.toString());
    }

    private static boolean note(List<String> errors, DOMError error) {
        String text = String.valueOf(error.getMessage());
        errors.add(text.substring(0, Math.min(text.length(), text.indexOf(':') + 1)));
        return true;
    }
}
