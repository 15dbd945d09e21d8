// gson: an object to text and back, by reflection and by generic type.
package library;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.reflect.TypeToken;
import java.util.List;
import java.util.Map;

public final class GsonWork {
    private GsonWork() {}

    public static JsonObject main(JsonObject args) throws Exception {
        Order order = new Gson().fromJson("{\"name\":\"tea\",\"amounts\":[1,2,3]}", Order.class);
        Check.same(List.of(1, 2, 3), order.amounts);
        Check.same("{\"name\":\"tea\",\"amounts\":[1,2,3]}", new Gson().toJson(order));
        Map<String, List<Order>> all = new Gson().fromJson("{\"a\":[{\"name\":\"x\"}]}",
                new TypeToken<Map<String, List<Order>>>() {}.getType());
        Check.same("x", all.get("a").get(0).name);
        return Check.works(com.google.gson.internal.GsonBuildConfig.VERSION);
    }

    static final class Order {
        String name;
        List<Integer> amounts;
    }
}
