package flock.shim.convention;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.ToNumberPolicy;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.Collection;

/**
 * Between payloads and the values that functions take and give. What is an object in JSON (a map, a bean) is the whole
 * payload and the whole result; anything else stands in the member {@code value}, in the payload as in the result. A
 * list is a payload that is an array.
 *
 * One for each function: what gson remembers of a function's classes must go with it.
 */
final class Values {
    private static final String BOX = "value";

    private final Gson gson = new GsonBuilder()
            .setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE).serializeNulls().disableHtmlEscaping().create();
    private final Type type;
    private final boolean isBoxed;
    private final boolean isList;

    Values(Type input) {
        Class<?> raw = raw(input);
        isList = raw.isArray() || Collection.class.isAssignableFrom(raw) || raw == JsonArray.class;
        isBoxed = isList || raw.isPrimitive() || raw.isEnum() || raw == Boolean.class || raw == Character.class
                || Number.class.isAssignableFrom(raw) || CharSequence.class.isAssignableFrom(raw);
        type = raw == CharSequence.class ? String.class : input;
    }

    /** The argument for a payload. What does not fit is told by the exception's message. */
    Object argument(JsonElement payload) throws Misfit {
        JsonElement value = payload;
        if (isList && payload instanceof JsonArray) {
            value = payload;
        } else if (isBoxed) {
            value = payload instanceof JsonObject ? ((JsonObject) payload).get(BOX) : null;
            if (value == null) {
                throw new Misfit("the payload has no member '" + BOX + "' for the argument, a " + type.getTypeName());
            }
        }
        try {
            return gson.fromJson(value, type);
        } catch (JsonParseException | NumberFormatException wrong) {
            throw new Misfit("the payload is no " + type.getTypeName() + ": " + Texts.message(wrong));
        }
    }

    /** The result for a value. Nothing is an empty object. */
    JsonElement result(Object value) {
        JsonElement tree = value == null ? new JsonObject() : gson.toJsonTree(value);
        if (tree instanceof JsonObject || tree instanceof JsonArray) {
            return tree;
        }
        JsonObject box = new JsonObject();
        box.add(BOX, tree);
        return box;
    }

    private static Class<?> raw(Type type) {
        if (type instanceof Class) {
            return (Class<?>) type;
        }
        if (type instanceof ParameterizedType) {
            return (Class<?>) ((ParameterizedType) type).getRawType();
        }
        return type instanceof GenericArrayType ? Object[].class : Object.class;
    }

    /** A payload that is not what the function takes. */
    static final class Misfit extends Exception {
        Misfit(String message) {
            super(message, null, false, false);
        }
    }
}
