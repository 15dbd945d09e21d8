// Interns `count` different strings (10000 if not given; 0: without end). `how`: kept (in a static list, so that they are live heap),
// dropped (the JVM's table may forget them: only time and CPU are spent).
package hostile.intern;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;

public final class Intern {
    private static final List<String> KEPT = new ArrayList<>();

    private Intern() {}

    public static JsonObject main(JsonObject args) {
        String how = args.has("how") ? args.get("how").getAsString() : "kept";
        long count = args.has("count") ? args.get("count").getAsLong() : 10_000;
        long end = count == 0 ? Long.MAX_VALUE : count;
        String padding = "interned by a hostile function, and long enough to be a burden to the heap: ".repeat(4);
        for (long i = 0; i < end; i++) {
            String text = (padding + i).intern();
            if (how.equals("kept")) KEPT.add(text);
        }
        JsonObject result = new JsonObject();
        result.addProperty("kept", KEPT.size());
        return result;
    }
}
