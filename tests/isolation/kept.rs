//! What the JDK makes once and keeps for all, by the settings, the limits or the wishes of whoever came first or last.

use serde_json::json;

use super::{
    support::{Options, source, source_exec},
    tenant::Street,
};

/// A transformer that its owner keeps, and others that are made with other settings.
const TRANSFORMS: &str = r#"
import com.google.gson.JsonObject;
import java.io.*;
import javax.xml.XMLConstants;
import javax.xml.transform.*;
import javax.xml.transform.stream.*;

public class Main {
    static Transformer kept;

    public static JsonObject main(JsonObject args) throws Exception {
        JsonObject result = new JsonObject();
        TransformerFactory factory = TransformerFactory.newInstance();
        String how = args.get("how").getAsString();
        if (how.equals("keep")) {
            factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_DTD, "");
            kept = factory.newTransformer();
            try (FileWriter secret = new FileWriter("secret.txt")) {
                secret.write("SECRET");
            }
        } else if (how.equals("use")) {
            StringWriter out = new StringWriter();
            String xml = args.get("xml").getAsString();
            try {
                kept.transform(new StreamSource(new StringReader(xml)), new StreamResult(out));
                result.addProperty("out", out.toString());
            } catch (TransformerException refused) {
                result.addProperty("out", "refused");
            }
        } else {
            factory.setAttribute(args.get("name").getAsString(), args.get("value").getAsString());
            factory.newTransformer();
        }
        return result;
    }
}
"#;

/// Draws a text and counts trusted roots, with all the files open that it may have or with none.
const READER: &str = r#"
import com.google.gson.JsonObject;
import java.awt.*;
import java.awt.image.BufferedImage;
import java.io.*;
import java.util.*;
import javax.net.ssl.*;

public class Main {
    public static JsonObject main(JsonObject args) throws Exception {
        JsonObject result = new JsonObject();
        java.util.List<FileInputStream> open = new ArrayList<>();
        try {
            while (args.has("full") && open.size() < 100_000) {
                open.add(new FileInputStream("/dev/zero"));
            }
        } catch (IOException full) {
            result.addProperty("full", true);
        }
        try {
            Graphics2D graphics = new BufferedImage(200, 50, BufferedImage.TYPE_INT_RGB).createGraphics();
            graphics.setFont(new Font("Dialog", Font.PLAIN, 20));
            result.addProperty("width", graphics.getFontMetrics().stringWidth("Hello"));
            TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
            trust.init((java.security.KeyStore) null);
            result.addProperty("roots", ((X509TrustManager) trust.getTrustManagers()[0]).getAcceptedIssuers().length);
        } catch (Throwable failed) {
            result.addProperty("failed", failed.toString());
        }
        for (FileInputStream each : open) {
            each.close();
        }
        return result;
    }
}
"#;

/// Has the JDK remember something by so many long names of locales, or of kinds of content.
const HOARD: &str = r#"
import com.google.gson.JsonObject;
import java.io.*;
import java.net.*;
import java.text.*;
import java.time.format.DecimalStyle;
import java.util.*;

public class Main {
    public static JsonObject main(JsonObject args) throws Exception {
        String how = args.get("how").getAsString();
        for (int i = 0; i < 100; i++) {
            char[] letters = new char[1 << 20];
            Arrays.fill(letters, (char) ('a' + i % 26));
            String name = i + new String(letters) + System.nanoTime();
            Locale locale = new Locale("en", "US", name);
            switch (how) {
                case "number" -> NumberFormat.getInstance(locale);
                case "calendar" -> Calendar.getInstance(locale);
                case "collator" -> Collator.getInstance(locale);
                case "style" -> DecimalStyle.of(locale);
                default -> new URLConnection(new URL("http://flock.invalid/")) {
                    public void connect() { }
                    public String getContentType() { return name; }
                    public InputStream getInputStream() { return new ByteArrayInputStream(new byte[1]); }
                }.getContent();
            }
        }
        return args;
    }
}
"#;

#[test]
fn what_one_transformer_may_do_is_not_said_by_another_function() {
    let street = Street::start();
    street.deploy_source("xml", TRANSFORMS);
    street.victim("xml", &json!({ "how": "keep" }));
    let external = "<!DOCTYPE a [<!ENTITY b SYSTEM 'secret.txt'>]><a>&b;</a>";
    let plain = "<a x='1' y='2'>hi</a>";
    let uses = |xml: &str| street.victim("xml", &json!({ "how": "use", "xml": xml }))["out"].clone();
    let before = (uses(external), uses(plain));
    assert_eq!(before.0, "refused");
    assert!(before.1.as_str().unwrap().ends_with("hi</a>"), "{before:?}");
    for (name, value) in [
        ("http://javax.xml.XMLConstants/property/accessExternalDTD", "all"),
        ("http://www.oracle.com/xml/jaxp/properties/elementAttributeLimit", "1"),
    ] {
        street.attack("xml", &json!({ "how": "set", "name": name, "value": value }));
        assert_eq!((uses(external), uses(plain)), before, "{name}");
    }
}

#[test]
fn a_function_without_a_file_left_takes_fonts_and_trust_from_nobody() {
    let street = Street::start();
    street.deploy_source("reader", READER);
    let full = street.attack("reader", &json!({ "full": true }));
    assert_eq!(full["full"], true);
    let seen = street.victim("reader", &json!({}));
    assert!(seen["width"].as_u64() > Some(0) && seen["roots"].as_u64() > Some(0), "{seen:?}");
}

/// Each call keeps 100 MiB or more in a cache of the JDK's if that is for all; the functions are deleted, and the heap has 1024.
#[test]
fn what_the_jdk_remembers_by_locale_or_kind_goes_with_the_function() {
    let street = Street::start_with(&Options::default().set("jvm.heap-max-mebibytes", 1024));
    let path = "/api/v1/namespaces/_/actions/keeps";
    let body =
        source("byte[] held = new byte[100 << 20]; args.addProperty(\"held\", held.length); return args;");
    street
        .host
        .send_as(Some(street.other()), "PUT", path, Some(&json!({ "exec": source_exec(&body) })))
        .expect(200);
    for how in ["number", "calendar", "collator", "style", "content", "calendar", "collator", "content"] {
        street.host.put("hoard", &json!({ "exec": source_exec(HOARD) })).expect(200);
        assert_eq!(street.host.result("hoard", &json!({ "how": how })), json!({ "how": how }));
        street.host.send("DELETE", "/api/v1/namespaces/_/actions/hoard", None).expect(200);
    }
    for _ in 0..3 {
        assert_eq!(street.victim("keeps", &json!({}))["held"], 100 << 20);
    }
}
