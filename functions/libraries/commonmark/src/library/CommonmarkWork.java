// commonmark: Markdown to HTML.
package library;

import com.google.gson.JsonObject;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;

public final class CommonmarkWork {
    private CommonmarkWork() {}

    public static JsonObject main(JsonObject args) throws Exception {
        String html = HtmlRenderer.builder().build().render(Parser.builder().build().parse("# A\n\n*b* [c](d)"));
        Check.same("<h1>A</h1>\n<p><em>b</em> <a href=\"d\">c</a></p>\n", html);
        return Check.works(Check.version("org.commonmark", "commonmark"));
    }
}
