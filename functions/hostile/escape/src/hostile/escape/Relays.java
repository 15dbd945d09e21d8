// Has JDK code do what a function may not, where it asks for itself or on behalf of whoever calls: the maps of security providers by wrappers and collectors, properties by name, classes by the type of a flavour.
package hostile.escape;

import static hostile.escape.Escape.attempt;

import com.google.gson.JsonObject;
import java.awt.Font;
import java.awt.datatransfer.DataFlavor;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.Security;
import java.util.Collections;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathFactory;
import org.w3c.dom.Document;

final class Relays {
    private static final String WEAK = "sun.security.provider.MD5";

    private Relays() {}

    static void all(JsonObject result) {
        Map<Object, Object> shared = Security.getProvider("SUN");
        attempt(result, "wrapped", () -> {
            Collections.synchronizedMap(shared).put("MessageDigest.Relayed", WEAK);
            return "put";
        });
        attempt(result, "collected", () -> Stream.of(WEAK).collect(Collectors.toMap(any -> "MessageDigest.Relayed", any -> any, (a, b) -> b, () -> shared)).size());
        attempt(result, "removed", () -> Collections.checkedMap(shared, Object.class, Object.class).remove("MessageDigest.MD2"));
        attempt(result, "read", () -> {
            String text = "<!DOCTYPE properties SYSTEM \"http://java.sun.com/dtd/properties.dtd\"><properties><entry key=\"MessageDigest.Relayed\">" + WEAK + "</entry></properties>";
            Security.getProvider("SUN").loadFromXML(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
            return "put";
        });
        attempt(result, "propertyByFont", () -> {
            String name = Font.getFont("user.name").getName();
            return name.equals(System.getProperty("user.name")) ? null : name;
        });
        attempt(result, "propertyByPath", () -> {
            Document nothing = DocumentBuilderFactory.newInstance().newDocumentBuilder().newDocument();
            String path = XPathFactory.newInstance().newXPath().evaluate("system-property('java.class.path')", nothing);
            return path.isEmpty() ? null : path;
        });
        attempt(result, "classByFlavour", () -> new DataFlavor("application/x-java-serialized-object;class=jdk.jfr.Recording").getRepresentationClass());
    }

    /** What another function sees of that. */
    static void look(JsonObject result) {
        attempt(result, "digest", () -> {
            byte[] weak = java.security.MessageDigest.getInstance("Relayed").digest();
            return weak.length + " bytes";
        });
        attempt(result, "oldDigest", () -> java.security.MessageDigest.getInstance("MD2").digest().length);
        attempt(result, "number", () -> BigInteger.valueOf(Makers.NUMBER));
    }
}
