// FreeMarker: a template with a loop and a bean.
package library;

import com.google.gson.JsonObject;
import freemarker.template.Configuration;
import freemarker.template.Template;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;

public final class FreemarkerWork {
    private FreemarkerWork() {}

    public static JsonObject main(JsonObject args) throws Exception {
        Configuration configuration = new Configuration(Configuration.VERSION_2_3_33);
        Template template = new Template("cups", "<#list all as c>${c.name}${c?counter},</#list>", configuration);
        StringWriter text = new StringWriter();
        template.process(Map.of("all", List.of(new Cup("a"), new Cup("b"))), text);
        Check.same("a1,b2,", text.toString());
        return Check.works(Configuration.getVersion().toString());
    }

    public static final class Cup {
        private final String name;

        Cup(String name) {
            this.name = name;
        }

        public String getName() {
            return name;
        }
    }
}
