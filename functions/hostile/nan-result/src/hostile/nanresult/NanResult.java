// Returns numbers that JSON does not have. `how`: nan, infinity, minus-infinity, float-nan, nested; and, by a Number of its
// own: forged (its text is more JSON), throwing (its toString throws), null-text.
package hostile.nanresult;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

public final class NanResult {
    private NanResult() {}

    public static JsonObject main(JsonObject args) {
        String how = args.has("how") ? args.get("how").getAsString() : "nan";
        JsonObject result = new JsonObject();
        switch (how) {
            case "nan" -> result.addProperty("number", Double.NaN);
            case "infinity" -> result.addProperty("number", Double.POSITIVE_INFINITY);
            case "minus-infinity" -> result.addProperty("number", Double.NEGATIVE_INFINITY);
            case "float-nan" -> result.addProperty("number", Float.NaN);
            case "nested" -> {
                JsonArray list = new JsonArray();
                list.add(1);
                list.add(Double.NaN);
                result.add("list", list);
            }
            default -> result.addProperty("number", new OddNumber(how));
        }
        return result;
    }

    private static final class OddNumber extends Number {
        private static final long serialVersionUID = 1;

        private final String how;

        OddNumber(String how) {
            this.how = how;
        }

        @Override
        public String toString() {
            return switch (how) {
                case "forged" -> "1,\"forged\":true";
                case "null-text" -> null;
                case "throwing" -> throw new IllegalStateException("toString throws");
                default -> throw new IllegalArgumentException("unknown 'how': " + how);
            };
        }

        @Override
        public int intValue() {
            return 1;
        }

        @Override
        public long longValue() {
            return 1;
        }

        @Override
        public float floatValue() {
            return 1;
        }

        @Override
        public double doubleValue() {
            return 1;
        }
    }
}
