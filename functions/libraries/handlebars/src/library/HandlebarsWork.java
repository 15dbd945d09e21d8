// Handlebars: a template with a loop, a helper and escaping.
package library;

import com.github.jknack.handlebars.Handlebars;
import com.github.jknack.handlebars.Options;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;

public final class HandlebarsWork {
    private HandlebarsWork() {}

    public static JsonObject main(JsonObject args) throws Exception {
        Handlebars engine = new Handlebars();
        engine.registerHelper("loud", (Object what, Options options) -> what.toString().toUpperCase(Locale.ROOT));
        String text = engine.compileInline("{{#each all}}{{loud this}},{{/each}}{{bad}}")
                .apply(Map.of("all", List.of("a", "b"), "bad", "<i>"));
        Check.same("A,B,&lt;i&gt;", text);
        return Check.works(Check.version("com.github.jknack", "handlebars"));
    }
}
