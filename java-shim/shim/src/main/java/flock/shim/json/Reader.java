package flock.shim.json;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.internal.LazilyParsedNumber;
import java.nio.charset.StandardCharsets;

/**
 * Reads strict JSON (RFC 8259) from UTF-8 bytes into gson's types, equal to what gson's own parser makes of it.
 *
 * Written by hand because gson reads characters, not bytes, and takes three times as long. One per lane: it keeps a
 * table of names that recur. Refuses what is no JSON, invalid UTF-8, and nesting deeper than the limit.
 */
public final class Reader {
    private static final int KEPT_NAMES = 256;
    private static final int LONGEST_KEPT_NAME = 32;
    /** From this length on a string is looked through by words. */
    private static final int LONG_STRING = 64;

    private final String[] names = new String[KEPT_NAMES];
    private final Text text = new Text();
    private byte[] in;
    private int at;
    private int end;

    /** Reads one value that fills the range but for white space around it. */
    public JsonElement read(byte[] bytes, int offset, int length) {
        in = bytes;
        at = offset;
        end = offset + length;
        try {
            skipSpace();
            JsonElement value = value(0);
            skipSpace();
            if (at != end) {
                throw fault("more text after the value");
            }
            return value;
        } finally {
            in = null;
        }
    }

    /** Gives back scratch memory that one large text made grow. */
    public void trim() {
        text.trim();
    }

    private JsonElement value(int depth) {
        if (at >= end) {
            throw fault("the text ends where a value is expected");
        }
        switch (in[at]) {
            case '{':
                return object(depth + 1);
            case '[':
                return array(depth + 1);
            case '"':
                return new JsonPrimitive(string());
            case 't':
                word("true");
                return new JsonPrimitive(Boolean.TRUE);
            case 'f':
                word("false");
                return new JsonPrimitive(Boolean.FALSE);
            case 'n':
                word("null");
                return JsonNull.INSTANCE;
            default:
                return number();
        }
    }

    private JsonObject object(int depth) {
        checkDepth(depth);
        at++;
        JsonObject object = new JsonObject();
        skipSpace();
        if (at < end && in[at] == '}') {
            at++;
            return object;
        }
        for (;;) {
            if (at >= end || in[at] != '"') {
                throw fault("a name in quotes is expected");
            }
            String name = name();
            skipSpace();
            if (at >= end || in[at] != ':') {
                throw fault("':' is expected");
            }
            at++;
            skipSpace();
            object.add(name, value(depth));
            if (endsWith('}')) {
                return object;
            }
        }
    }

    private JsonArray array(int depth) {
        checkDepth(depth);
        at++;
        JsonArray array = new JsonArray();
        skipSpace();
        if (at < end && in[at] == ']') {
            at++;
            return array;
        }
        for (;;) {
            array.add(value(depth));
            if (endsWith(']')) {
                return array;
            }
        }
    }

    /** True after the closing character, false after a comma with what follows it in reach. */
    private boolean endsWith(char closing) {
        skipSpace();
        if (at < end) {
            byte c = in[at];
            if (c == ',') {
                at++;
                skipSpace();
                return false;
            }
            if (c == closing) {
                at++;
                return true;
            }
        }
        throw fault("',' or '" + closing + "' is expected");
    }

    private void checkDepth(int depth) {
        if (depth > Limits.MAX_DEPTH) {
            throw fault("nested deeper than " + Limits.MAX_DEPTH + " levels");
        }
    }

    private void word(String word) {
        int length = word.length();
        if (end - at < length) {
            throw fault("'" + word + "' is expected");
        }
        for (int i = 1; i < length; i++) {
            if (in[at + i] != word.charAt(i)) {
                throw fault("'" + word + "' is expected");
            }
        }
        at += length;
    }

    private JsonPrimitive number() {
        int start = at;
        int after = Numbers.scan(in, at, end);
        if (after < 0) {
            throw fault("a value is expected");
        }
        at = after;
        return new JsonPrimitive(new LazilyParsedNumber(
                new String(in, start, after - start, StandardCharsets.ISO_8859_1)));
    }

    /** A name, from the table where it was seen before. Only short plain ASCII names are kept. */
    private String name() {
        byte[] in = this.in;
        int start = at + 1;
        int stop = Math.min(end, start + LONGEST_KEPT_NAME + 1);
        int hash = 0;
        for (int i = start; i < stop; i++) {
            byte c = in[i];
            if (c == '"') {
                int slot = (hash ^ hash >>> 8) & KEPT_NAMES - 1;
                String kept = names[slot];
                if (kept == null || !same(kept, start, i - start)) {
                    kept = new String(in, start, i - start, StandardCharsets.ISO_8859_1);
                    names[slot] = kept;
                }
                at = i + 1;
                return kept;
            }
            if (c < 0x20 || c == '\\') {
                break;
            }
            hash = hash * 31 + c;
        }
        return string();
    }

    private boolean same(String kept, int start, int length) {
        if (kept.length() != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (kept.charAt(i) != in[start + i]) {
                return false;
            }
        }
        return true;
    }

    private String string() {
        byte[] in = this.in;
        int start = at + 1;
        int stop = Math.min(end, start + LONG_STRING);
        int i = start;
        // Bytes over 0x7f are negative, so what is not plain is an escape, a control character or no ASCII.
        while (i < stop && in[i] >= 0x20 && in[i] != '"' && in[i] != '\\') {
            i++;
        }
        if (i == stop) {
            i = Scan.plain(in, i, end);
        }
        if (i == end) {
            at = end;
            throw fault("a string does not end");
        }
        if (in[i] != '"') {
            return text(start, i);
        }
        at = i + 1;
        return new String(in, start, i - start, StandardCharsets.ISO_8859_1);
    }

    private String text(int start, int firstOdd) {
        int after = text.decode(in, start, firstOdd, end);
        if (after < 0) {
            at = text.faultAt();
            throw fault(text.fault());
        }
        at = after;
        return text.take();
    }

    private void skipSpace() {
        while (at < end) {
            byte c = in[at];
            if (c != ' ' && c != '\n' && c != '\t' && c != '\r') {
                return;
            }
            at++;
        }
    }

    private JsonFault fault(String what) {
        return new JsonFault(what + " (at byte " + at + ")");
    }
}
