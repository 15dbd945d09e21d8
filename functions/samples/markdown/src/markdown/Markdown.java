// Turns `markdown` into HTML with commonmark and its table extension, raw HTML escaped and unsafe links emptied.
// Fails, with a clear result, when `markdown` is not text.
package markdown;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.List;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;

public final class Markdown {
    private static final List<Extension> EXTENSIONS = List.of(TablesExtension.create());
    private static final Parser PARSER = Parser.builder().extensions(EXTENSIONS).build();
    private static final HtmlRenderer RENDERER =
            HtmlRenderer.builder().extensions(EXTENSIONS).escapeHtml(true).sanitizeUrls(true).build();

    private Markdown() {}

    public static JsonObject main(JsonObject args) {
        JsonObject result = new JsonObject();
        JsonElement source = args.get("markdown");
        if (source == null || !source.isJsonPrimitive() || !source.getAsJsonPrimitive().isString()) {
            result.addProperty("error", "'markdown' must be a string");
        } else {
            result.addProperty("html", RENDERER.render(PARSER.parse(source.getAsString())));
        }
        return result;
    }
}
