// Jackson: records and maps to text and back, a tree, annotations.
package library;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Map;

public final class JacksonWork {
    private JacksonWork() {}

    public static JsonObject main(JsonObject args) throws Exception {
        ObjectMapper mapper = new ObjectMapper();
        Order order = mapper.readValue("{\"name\":\"tea\",\"amounts\":[1,2,3]}", Order.class);
        Check.same(new Order("tea", List.of(1, 2, 3)), order);
        Check.same("{\"name\":\"tea\",\"amounts\":[1,2,3]}", mapper.writeValueAsString(order));
        Map<String, List<Order>> all = mapper.readValue("{\"a\":[{\"name\":\"x\"}]}", new TypeReference<>() {});
        Check.same("x", all.get("a").get(0).name());
        Check.same(42, mapper.readTree("{\"a\":{\"b\":[0,42]}}").at("/a/b/1").asInt());
        return Check.works(com.fasterxml.jackson.databind.cfg.PackageVersion.VERSION.toString());
    }

    public record Order(@JsonProperty("name") String name, @JsonProperty("amounts") List<Integer> amounts) {}
}
