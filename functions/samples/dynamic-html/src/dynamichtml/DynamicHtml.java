// The shape of SeBS's dynamic-html: a page from a template, with a name and a list of random numbers.
// The template is in the jar and read once. What comes from outside is escaped.
// Fails, with a clear result, when `username` is not text or `random_len` is out of range.
package dynamichtml;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;

public final class DynamicHtml {
    private static final int NUMBERS_MAX = 10_000;
    private static final int NUMBER_MAX = 1_000_000;
    private static final String TEMPLATE = template();

    private DynamicHtml() {}

    public static JsonObject main(JsonObject args) {
        JsonElement name = args.get("username");
        if (name == null || !name.isJsonPrimitive() || !name.getAsJsonPrimitive().isString()) {
            return error("'username' must be a string");
        }
        int count = 10;
        Random random;
        try {
            if (args.has("random_len")) count = args.get("random_len").getAsBigDecimal().intValueExact();
            random = args.has("seed") ? new Random(args.get("seed").getAsLong()) : new Random();
        } catch (RuntimeException notWhole) {
            return error("'random_len' and 'seed' must be whole numbers");
        }
        if (count < 1 || count > NUMBERS_MAX) return error("'random_len' must be from 1 to " + NUMBERS_MAX);
        String title = "Welcome " + escape(name.getAsString()) + "!";
        StringBuilder items = new StringBuilder();
        for (int i = 0; i < count; i++) items.append("<li>").append(random.nextInt(NUMBER_MAX)).append("</li>\n");
        JsonObject result = new JsonObject();
        result.addProperty("title", title);
        result.addProperty("numbers", count);
        result.addProperty("html", TEMPLATE.replace("{{items}}", items).replace("{{title}}", title));
        return result;
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }

    private static String template() {
        try (InputStream in = DynamicHtml.class.getResourceAsStream("/page.html")) {
            if (in == null) throw new IllegalStateException("page.html is not in the jar");
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new IllegalStateException("page.html cannot be read", unreadable);
        }
    }

    private static JsonObject error(String message) {
        JsonObject result = new JsonObject();
        result.addProperty("error", message);
        return result;
    }
}
