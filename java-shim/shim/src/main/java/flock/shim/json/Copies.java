package flock.shim.json;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.internal.LazilyParsedNumber;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Map;

/**
 * Copies a value for another function: nothing in the copy is reachable from the original. What cannot change
 * (texts, booleans, the JDK's own numbers) is shared; a number of another class becomes its text.
 *
 * What is no JSON is a fault, as when it is written.
 */
public final class Copies {
    private Copies() {}

    public static JsonElement of(JsonElement value) {
        return copy(value, 0);
    }

    /** The value itself if no part of it stands in two places, else a copy in which none does. */
    public static JsonElement untangled(JsonElement value) {
        return Trees.is(value) ? value : of(value);
    }

    private static JsonElement copy(JsonElement value, int depth) {
        if (value instanceof JsonPrimitive) {
            return primitive((JsonPrimitive) value);
        }
        if (value instanceof JsonObject) {
            checkDepth(depth + 1);
            JsonObject copy = new JsonObject();
            for (Map.Entry<String, JsonElement> member : ((JsonObject) value).entrySet()) {
                copy.add(member.getKey(), copy(member.getValue(), depth + 1));
            }
            return copy;
        }
        if (value instanceof JsonArray) {
            checkDepth(depth + 1);
            JsonArray array = (JsonArray) value;
            int size = array.size();
            JsonArray copy = new JsonArray(size);
            for (int i = 0; i < size; i++) {
                copy.add(copy(array.get(i), depth + 1));
            }
            return copy;
        }
        if (value == null || value instanceof JsonNull) {
            return JsonNull.INSTANCE;
        }
        throw new JsonFault("it contains a " + value.getClass().getName() + ", which is no JSON type");
    }

    static void checkDepth(int depth) {
        if (depth > Limits.MAX_DEPTH) {
            throw new JsonFault("it is nested deeper than " + Limits.MAX_DEPTH + " levels");
        }
    }

    private static JsonPrimitive primitive(JsonPrimitive value) {
        if (!value.isNumber()) {
            return value;
        }
        Number number = value.getAsNumber();
        Class<?> type = number.getClass();
        if (type == Integer.class || type == Long.class || type == BigInteger.class
                || type == BigDecimal.class || type == Short.class || type == Byte.class) {
            return value;
        }
        boolean isFraction = type == Double.class || type == Float.class;
        if (isFraction && Double.isFinite(number.doubleValue())) {
            return value;
        }
        String text = number.toString();
        Numbers.require(text, type);
        if (type == LazilyParsedNumber.class) {
            return value;
        }
        return new JsonPrimitive(new LazilyParsedNumber(text));
    }
}
