// Rhino: JavaScript, compiled at run time.
package library;

import com.google.gson.JsonObject;
import org.mozilla.javascript.Context;

public final class RhinoWork {
    private RhinoWork() {}

    public static JsonObject main(JsonObject args) throws Exception {
        try (Context context = Context.enter()) {
            Object sum = context.evaluateString(context.initStandardObjects(),
                    "[1, 2, 3].map(function (x) { return x * x; }).join('-') + java.lang.Math.max(1, 2)", "sum", 1, null);
            Check.same("1-4-92", Context.toString(sum));
        }
        return Check.works(null);
    }
}
