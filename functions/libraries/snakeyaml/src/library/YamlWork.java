// SnakeYAML: a document to maps and back, and to an object.
package library;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.Yaml;

public final class YamlWork {
    private YamlWork() {}

    public static JsonObject main(JsonObject args) throws Exception {
        Map<String, Object> all = new Yaml().load("name: tea\ncups: [1, 2]\n");
        Check.same(Map.of("name", "tea", "cups", List.of(1, 2)), all);
        Check.same("{name: tea}\n", new Yaml().dump(Map.of("name", "tea")));
        Cup cup = new Yaml().loadAs("{name: tea, size: 3}", Cup.class);
        Check.same("tea3", cup.name + cup.size);
        return Check.works(Check.version("org.yaml", "snakeyaml"));
    }

    public static final class Cup {
        public String name;
        public int size;
    }
}
