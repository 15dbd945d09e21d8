package flock.shim.bean;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.util.Base64;
import java.util.Currency;
import java.util.Locale;
import java.util.TimeZone;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Values without members: numbers, texts, enums, bytes and what has a text. Numbers are bounded before they are worked out. */
final class Scalars {
    private static final int LONGEST_NUMBER_CHARS = 1000;
    private static final int LARGEST_SCALE = 1000;
    private static final String JODA = "org.joda.time.DateTime";

    private Scalars() {}

    /** True for a type that this reads. */
    static boolean has(Class<?> type) {
        return type.isPrimitive() || type.isEnum() || Number.class.isAssignableFrom(type) && !Shape.isOwn(type)
                || CharSequence.class.isAssignableFrom(type) && !Shape.isOwn(type) || type == Boolean.class
                || type == Character.class || type == UUID.class || type == URI.class || type == Locale.class
                || type == Currency.class || TimeZone.class.isAssignableFrom(type) && !Shape.isOwn(type)
                || Charset.class.isAssignableFrom(type) && !Shape.isOwn(type) || type == byte[].class || type == char[].class
                || type == AtomicBoolean.class || ByteBuffer.class.isAssignableFrom(type) || type.getName().equals(JODA);
    }

    static Object read(JsonElement value, Class<?> type) {
        JsonElement single = value instanceof JsonArray && ((JsonArray) value).size() == 1 ? ((JsonArray) value).get(0) : value;
        if (!(single instanceof JsonPrimitive)) {
            throw misfit(value, type);
        }
        JsonPrimitive primitive = (JsonPrimitive) single;
        try {
            return read(primitive, type);
        } catch (BeanFault fault) {
            throw fault;
        } catch (IllegalArgumentException | ArithmeticException wrong) {
            throw misfit(primitive, type);
        }
    }

    private static Object read(JsonPrimitive value, Class<?> type) {
        String text = value.getAsString();
        if (type == String.class || type == CharSequence.class || type == Object.class) {
            return text;
        }
        if (type == StringBuilder.class) {
            return new StringBuilder(text);
        }
        if (type == char[].class) {
            return text.toCharArray();
        }
        if (value.isString() && text.isEmpty()) {
            return type.isPrimitive() ? zero(type) : null;
        }
        if (type == boolean.class || type == Boolean.class || type == AtomicBoolean.class) {
            boolean said = bool(value, type);
            return type == AtomicBoolean.class ? new AtomicBoolean(said) : (Object) said;
        }
        if (type == char.class || type == Character.class) {
            if (!value.isString()) {
                return (char) integer(value, type, Character.MIN_VALUE, Character.MAX_VALUE);
            }
            if (text.length() != 1) {
                throw misfit(value, type);
            }
            return text.charAt(0);
        }
        if (type.isEnum()) {
            return constant(value, type);
        }
        if (type.isPrimitive() || Number.class.isAssignableFrom(type)) {
            return number(value, type);
        }
        return named(text, type);
    }

    private static Object named(String text, Class<?> type) {
        if (type == byte[].class) {
            return Base64.getMimeDecoder().decode(text);
        }
        if (type == ByteBuffer.class) {
            return ByteBuffer.wrap(Base64.getMimeDecoder().decode(text));
        }
        if (type == UUID.class) {
            return UUID.fromString(text);
        }
        if (type == URI.class) {
            return URI.create(text);
        }
        if (type == Locale.class) {
            return Locale.forLanguageTag(text.replace('_', '-'));
        }
        if (type == Currency.class) {
            return Currency.getInstance(text);
        }
        if (TimeZone.class.isAssignableFrom(type)) {
            return TimeZone.getTimeZone(text);
        }
        if (Charset.class.isAssignableFrom(type)) {
            return Charset.forName(text);
        }
        if (type.getName().equals(JODA)) {
            return joda(text, type);
        }
        throw new BeanFault("values of type " + type.getName() + " are not read from JSON");
    }

    /** The class is the function's: its library travels in the jar. */
    private static Object joda(String text, Class<?> type) {
        try {
            return MethodHandles.publicLookup().findStatic(type, "parse", MethodType.methodType(type, String.class)).invoke(text);
        } catch (IllegalArgumentException | Error thrown) {
            throw thrown;
        } catch (Throwable other) {
            throw new BeanFault("values of type " + type.getName() + " are not read from JSON");
        }
    }

    private static boolean bool(JsonPrimitive value, Class<?> type) {
        if (value.isBoolean()) {
            return value.getAsBoolean();
        }
        if (value.isNumber()) {
            return integer(value, type, Long.MIN_VALUE, Long.MAX_VALUE) != 0;
        }
        switch (value.getAsString().trim().toLowerCase(Locale.ROOT)) {
            case "true":
                return true;
            case "false":
                return false;
            default:
                throw misfit(value, type);
        }
    }

    /** By name; by its place, for a number. One that there is not is null. */
    private static Object constant(JsonPrimitive value, Class<?> type) {
        Object[] all = type.getEnumConstants();
        if (value.isNumber()) {
            long place = integer(value, type, Long.MIN_VALUE, Long.MAX_VALUE);
            return place >= 0 && place < all.length ? all[(int) place] : null;
        }
        String name = value.getAsString().trim();
        for (Object constant : all) {
            if (((Enum<?>) constant).name().equals(name)) {
                return constant;
            }
        }
        return null;
    }

    private static Object number(JsonPrimitive value, Class<?> type) {
        if (type == int.class || type == Integer.class) {
            return (int) integer(value, type, Integer.MIN_VALUE, Integer.MAX_VALUE);
        }
        if (type == long.class || type == Long.class) {
            return integer(value, type, Long.MIN_VALUE, Long.MAX_VALUE);
        }
        if (type == double.class || type == Double.class) {
            return Double.valueOf(bounded(value, type));
        }
        if (type == float.class || type == Float.class) {
            return Float.valueOf(bounded(value, type));
        }
        if (type == short.class || type == Short.class) {
            return (short) integer(value, type, Short.MIN_VALUE, Short.MAX_VALUE);
        }
        if (type == byte.class || type == Byte.class) {
            return (byte) integer(value, type, Byte.MIN_VALUE, 255);
        }
        if (type == BigDecimal.class) {
            return decimal(value, type);
        }
        if (type == BigInteger.class) {
            return decimal(value, type).toBigInteger();
        }
        if (type == Number.class) {
            return natural(value);
        }
        if (type == AtomicInteger.class) {
            return new AtomicInteger((int) integer(value, type, Integer.MIN_VALUE, Integer.MAX_VALUE));
        }
        if (type == AtomicLong.class) {
            return new AtomicLong(integer(value, type, Long.MIN_VALUE, Long.MAX_VALUE));
        }
        throw new BeanFault("values of type " + type.getName() + " are not read from JSON");
    }

    /** A number where no type is asked for: the smallest of int, long and BigInteger that holds it, or a double. */
    static Number natural(JsonPrimitive value) {
        String text = bounded(value, Number.class);
        if (text.indexOf('.') >= 0 || text.indexOf('e') >= 0 || text.indexOf('E') >= 0) {
            return Double.valueOf(text);
        }
        BigInteger whole = new BigInteger(text);
        if (whole.bitLength() < Integer.SIZE) {
            return whole.intValue();
        }
        return whole.bitLength() < Long.SIZE ? (Number) whole.longValue() : whole;
    }

    private static long integer(JsonPrimitive value, Class<?> type, long least, long most) {
        BigDecimal decimal = decimal(value, type);
        BigInteger whole = decimal.toBigInteger();
        if (whole.bitLength() >= Long.SIZE || whole.longValue() < least || whole.longValue() > most) {
            throw new BeanFault(shown(value) + " is out of the range of " + type.getName());
        }
        return whole.longValue();
    }

    private static BigDecimal decimal(JsonPrimitive value, Class<?> type) {
        BigDecimal decimal = new BigDecimal(bounded(value, type));
        if (Math.abs((long) decimal.scale()) > LARGEST_SCALE) {
            throw new BeanFault(shown(value) + " is out of the range of " + type.getName());
        }
        return decimal;
    }

    private static String bounded(JsonPrimitive value, Class<?> type) {
        if (value.isBoolean()) {
            throw misfit(value, type);
        }
        String text = value.getAsString().trim();
        if (text.length() > LONGEST_NUMBER_CHARS) {
            throw new BeanFault("a number has " + text.length() + " characters, more than " + LONGEST_NUMBER_CHARS);
        }
        return text;
    }

    /** What a primitive is where the payload has null. */
    static Object zero(Class<?> type) {
        return type == boolean.class ? (Object) false : type == char.class ? (Object) (char) 0 : type == int.class ? (Object) 0
                : type == long.class ? (Object) 0L : type == double.class ? (Object) 0.0 : type == float.class ? (Object) 0f
                : type == short.class ? (Object) (short) 0 : (Object) (byte) 0;
    }

    /** The JSON of a value, or null when it is none of these. */
    static JsonElement write(Object value) {
        Class<?> type = value.getClass();
        if (value instanceof String || value instanceof Character || type == StringBuilder.class || type == StringBuffer.class) {
            return new JsonPrimitive(value.toString());
        }
        if (value instanceof Boolean) {
            return new JsonPrimitive((Boolean) value);
        }
        if (value instanceof Double || value instanceof Float) {
            double number = ((Number) value).doubleValue();
            boolean isNone = Double.isNaN(number) || Double.isInfinite(number);
            return isNone ? new JsonPrimitive(value.toString()) : new JsonPrimitive((Number) value);
        }
        if (value instanceof Integer || value instanceof Long || value instanceof Short || value instanceof Byte
                || type == BigDecimal.class || type == BigInteger.class) {
            return new JsonPrimitive((Number) value);
        }
        if (type == AtomicInteger.class || type == AtomicLong.class) {
            return new JsonPrimitive(((Number) value).longValue());
        }
        if (type == AtomicBoolean.class) {
            return new JsonPrimitive(((AtomicBoolean) value).get());
        }
        if (value instanceof Enum) {
            return new JsonPrimitive(((Enum<?>) value).name());
        }
        if (value instanceof byte[]) {
            return new JsonPrimitive(Base64.getEncoder().encodeToString((byte[]) value));
        }
        if (value instanceof char[]) {
            return new JsonPrimitive(new String((char[]) value));
        }
        if (value instanceof ByteBuffer) {
            ByteBuffer view = ((ByteBuffer) value).duplicate();
            byte[] bytes = new byte[view.remaining()];
            view.get(bytes);
            return new JsonPrimitive(Base64.getEncoder().encodeToString(bytes));
        }
        if (type == UUID.class || type == URI.class || type == Currency.class || type.getName().equals(JODA)) {
            return new JsonPrimitive(value.toString());
        }
        if (type == Locale.class) {
            return new JsonPrimitive(((Locale) value).toLanguageTag());
        }
        if (value instanceof TimeZone && !Shape.isOwn(type)) {
            return new JsonPrimitive(((TimeZone) value).getID());
        }
        return value instanceof Charset && !Shape.isOwn(type) ? new JsonPrimitive(((Charset) value).name()) : null;
    }

    static BeanFault misfit(JsonElement value, Class<?> type) {
        return new BeanFault(shown(value) + " is no " + type.getTypeName());
    }

    /** A value in a few characters. */
    private static String shown(JsonElement value) {
        if (!(value instanceof JsonPrimitive)) {
            return value.isJsonObject() ? "an object" : value.isJsonArray() ? "an array" : "null";
        }
        JsonPrimitive primitive = (JsonPrimitive) value;
        String text = primitive.getAsString();
        String cut = text.length() > 40 ? text.substring(0, 40) + "..." : text;
        return primitive.isString() ? "\"" + cut + "\"" : cut;
    }
}
