package flock.shim.json;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.math.BigInteger;
import java.util.Map;

/**
 * Writes gson's types as UTF-8 bytes, the same text as JsonElement.toString() gives, without going through a String.
 *
 * It keeps the bytes up to a limit and only counts the rest, so an oversized result costs no memory and its exact
 * size is known. Faults: NaN, infinity, a number that is none, a type that is not gson's, nesting over the limit.
 */
public final class Writer {
    private static final int TEXT_MAX_BYTES = 1 << 30;

    private final Sink out = new Sink();
    private byte[] digits = new byte[64];

    /** Writes the value. At most limitBytes of the text are kept, cut at a whole character. */
    public void write(JsonElement value, int limitBytes) {
        out.start(limitBytes);
        value(value, 0);
        out.finish();
    }

    /** Writes the value and keeps all of its text. */
    public void writeWhole(JsonElement value) {
        write(value, TEXT_MAX_BYTES);
        if (totalBytes() > length()) {
            throw new JsonFault("its text is longer than " + TEXT_MAX_BYTES + " bytes");
        }
    }

    /** The kept bytes, from 0 to length(). Valid until the next write or trim. */
    public byte[] bytes() {
        return out.bytes();
    }

    public int length() {
        return out.length();
    }

    /** The length of the whole text, kept or not. An answer of 2 GiB or more counts as the largest int. */
    public int totalBytes() {
        return out.totalBytes();
    }

    /** Gives back scratch memory that one large value made grow. */
    public void trim() {
        out.trim();
        if (digits.length > Limits.KEPT_SCRATCH_BYTES) {
            digits = new byte[64];
        }
    }

    private void value(JsonElement value, int depth) {
        if (value instanceof JsonPrimitive) {
            primitive((JsonPrimitive) value);
        } else if (value instanceof JsonObject) {
            object((JsonObject) value, depth + 1);
        } else if (value instanceof JsonArray) {
            array((JsonArray) value, depth + 1);
        } else if (value == null || value instanceof JsonNull) {
            out.ascii("null");
        } else {
            throw new JsonFault("it contains a " + value.getClass().getName() + ", which is no JSON type");
        }
    }

    private void object(JsonObject object, int depth) {
        Limits.checkDepth(depth);
        out.put('{');
        boolean first = true;
        for (Map.Entry<String, JsonElement> member : object.entrySet()) {
            if (!first) {
                out.put(',');
            }
            first = false;
            out.string(member.getKey());
            out.put(':');
            value(member.getValue(), depth);
        }
        out.put('}');
    }

    private void array(JsonArray array, int depth) {
        Limits.checkDepth(depth);
        out.put('[');
        for (int i = 0, size = array.size(); i < size; i++) {
            if (i > 0) {
                out.put(',');
            }
            value(array.get(i), depth);
        }
        out.put(']');
    }

    private void primitive(JsonPrimitive value) {
        if (value.isString()) {
            out.string(value.getAsString());
        } else if (value.isBoolean()) {
            out.ascii(value.getAsBoolean() ? "true" : "false");
        } else {
            number(value.getAsNumber());
        }
    }

    private void number(Number number) {
        Class<?> type = number.getClass();
        String text = number.toString();
        boolean sureToBeOne = type == Integer.class || type == Long.class || type == Short.class || type == Byte.class
                || type == BigInteger.class;
        if (!sureToBeOne) {
            check(text, type);
        }
        out.ascii(text);
    }

    /** Double, gson's lazy number and a function's own type can hold what is no JSON number. */
    @SuppressWarnings("deprecation")
    private void check(String text, Class<?> type) {
        if (text == null) {
            throw new JsonFault("a number of type " + type.getName() + " has no text");
        }
        int length = text.length();
        if (isShortInteger(text, length)) {
            return;
        }
        if (digits.length < length) {
            digits = new byte[length];
        }
        boolean ascii = true;
        for (int i = 0; i < length && ascii; i++) {
            ascii = text.charAt(i) < 0x80;
        }
        text.getBytes(0, length, digits, 0);
        if (ascii && Numbers.isNumber(digits, length)) {
            return;
        }
        throw Numbers.fault(text, type);
    }

    /** The common case: some digits that do not begin with a zero. */
    private static boolean isShortInteger(String text, int length) {
        if (length == 0 || length > 18 || text.charAt(0) == '0') {
            return false;
        }
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return false;
            }
        }
        return true;
    }
}
