// jsoup: parses bad HTML, selects, cleans.
package library;

import com.google.gson.JsonObject;
import java.util.List;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.safety.Safelist;

public final class JsoupWork {
    private JsoupWork() {}

    public static JsonObject main(JsonObject args) throws Exception {
        Document page = Jsoup.parse("<title>a</title><ul><li class=x>1<li>2<li class=x>3</ul><p>open");
        Check.same("a", page.title());
        Check.same(List.of("1", "3"), page.select("ul > li.x").eachText());
        Check.same("<b>b</b>", Jsoup.clean("<b onclick=a()>b</b><script>c</script>", Safelist.basic()));
        return Check.works(Check.version("org.jsoup", "jsoup"));
    }
}
