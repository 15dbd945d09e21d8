package flock.shim.json;

import java.nio.charset.StandardCharsets;

/** The grammar of a JSON number: -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)? */
final class Numbers {
    private Numbers() {}

    /** Gives the end of the number that starts here, or -1 when none does. */
    static int scan(byte[] in, int start, int end) {
        int at = start;
        if (at < end && in[at] == '-') {
            at++;
        }
        if (at >= end || !isDigit(in[at])) {
            return -1;
        }
        at = in[at] == '0' ? at + 1 : digits(in, at, end);
        if (at < end && in[at] == '.') {
            int fraction = at + 1;
            at = digits(in, fraction, end);
            if (at == fraction) {
                return -1;
            }
        }
        if (at < end && (in[at] == 'e' || in[at] == 'E')) {
            at++;
            if (at < end && (in[at] == '+' || in[at] == '-')) {
                at++;
            }
            int exponent = at;
            at = digits(in, exponent, end);
            if (at == exponent) {
                return -1;
            }
        }
        return at;
    }

    /** True when the whole text is one JSON number. */
    static boolean isNumber(byte[] text, int length) {
        return scan(text, 0, length) == length;
    }

    /** Fails when the text of a number of this type is none for JSON. */
    static void require(String text, Class<?> type) {
        if (text == null) {
            throw new JsonFault("a number of type " + type.getName() + " has no text");
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (!isNumber(bytes, bytes.length)) {
            throw fault(text, type);
        }
    }

    static JsonFault fault(String text, Class<?> type) {
        if (text.equals("NaN") || text.equals("Infinity") || text.equals("-Infinity")) {
            return new JsonFault("it contains the number " + text + ", which JSON cannot express");
        }
        String shown = text.length() > 40 ? text.substring(0, 40) + "..." : text;
        return new JsonFault("it contains a number of type " + type.getName() + " that is no JSON number: " + shown);
    }

    private static int digits(byte[] in, int start, int end) {
        int at = start;
        while (at < end && isDigit(in[at])) {
            at++;
        }
        return at;
    }

    private static boolean isDigit(byte c) {
        return c >= '0' && c <= '9';
    }
}
