// Arrays by reflection, and how each attempt ends.
package hostile.mint;

import com.google.gson.JsonObject;
import java.lang.reflect.Array;
import java.util.Arrays;

final class Shapes {
    private Shapes() {}

    static void all(JsonObject result) {
        result.addProperty("small", Arrays.deepToString((int[][]) Array.newInstance(int.class, 2, 3)));
        String[][][] many = (String[][][]) Array.newInstance(String.class, 100, 100, 3);
        result.addProperty("many", many.length + " " + many[99].length + " " + many[99][99].length + " " + many[7][7][2]);
        int[][][] few = (int[][][]) Array.newInstance(int[].class, 6000, 0);
        result.addProperty("few", few.length + " " + few[5999].length);
        result.addProperty("large", Array.getLength(Array.newInstance(byte.class, 20 << 20)));
        end(result, "negative", int.class, 100, 100, -1);
        end(result, "none", int.class);
        end(result, "nothing", void.class, 100, 100, 100);
        end(result, "null", null, 1, 1);
        int[] deep = new int[256];
        Arrays.fill(deep, 1);
        end(result, "deep", int.class, deep);
        deep[0] = 10_000;
        end(result, "deep and many", int.class, deep);
        end(result, "deep rows", Array.newInstance(int.class, new int[254]).getClass(), 10_000, 1);
    }

    private static void end(JsonObject result, String name, Class<?> type, int... lengths) {
        try {
            result.addProperty(name, Array.newInstance(type, lengths).getClass().getName());
        } catch (RuntimeException refused) {
            result.addProperty(name, refused.getClass().getSimpleName());
        }
    }
}
