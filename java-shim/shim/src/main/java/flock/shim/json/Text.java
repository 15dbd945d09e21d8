package flock.shim.json;

import java.util.Arrays;

/**
 * Decodes the strings that are not plain ASCII: escapes and UTF-8, strictly. An overlong form, a surrogate written
 * as UTF-8, a code point past U+10FFFF or a cut sequence is a fault. Escaped lone surrogates are kept, as gson does.
 */
final class Text {
    private static final int FIRST_CHARS = 1024;

    private char[] out = new char[FIRST_CHARS];
    private int length;
    private byte[] in;
    private int end;
    private String fault;
    private int faultAt;

    /**
     * Decodes from start to the closing quote; up to firstOdd all is plain. Gives the position after the quote, or
     * -1 for a fault.
     */
    int decode(byte[] in, int start, int firstOdd, int end) {
        this.in = in;
        this.end = end;
        length = 0;
        int at = start;
        while (at < firstOdd) {
            at = plain(at, firstOdd);
        }
        try {
            while (at < end) {
                byte c = in[at];
                if (c == '"') {
                    return at + 1;
                }
                if (c == '\\') {
                    at = escape(at + 1);
                } else if (c >= 0x20) {
                    at = plain(at, end);
                } else if (c < 0) {
                    at = unicode(at);
                } else {
                    return fail("a control character in a string must be escaped", at);
                }
                if (at < 0) {
                    return -1;
                }
            }
            return fail("a string does not end", end);
        } finally {
            this.in = null;
        }
    }

    String take() {
        return new String(out, 0, length);
    }

    String fault() {
        return fault;
    }

    int faultAt() {
        return faultAt;
    }

    void trim() {
        if (out.length > Limits.KEPT_SCRATCH_BYTES / Character.BYTES) {
            out = new char[FIRST_CHARS];
        }
    }

    private int fail(String what, int at) {
        fault = what;
        faultAt = at;
        return -1;
    }

    private int plain(int start, int stop) {
        int count = Math.min(stop - start, 4096);
        reserve(count);
        char[] out = this.out;
        int to = length;
        int at = start;
        for (int last = start + count; at < last; at++) {
            byte c = in[at];
            if (c < 0x20 || c == '"' || c == '\\') {
                break;
            }
            out[to++] = (char) c;
        }
        length = to;
        return at;
    }

    private int escape(int at) {
        if (at >= end) {
            return fail("a string does not end", end);
        }
        switch (in[at]) {
            case '"':
            case '\\':
            case '/':
                return put((char) in[at], at + 1);
            case 'b':
                return put('\b', at + 1);
            case 'f':
                return put('\f', at + 1);
            case 'n':
                return put('\n', at + 1);
            case 'r':
                return put('\r', at + 1);
            case 't':
                return put('\t', at + 1);
            case 'u':
                return hex(at + 1);
            default:
                return fail("an unknown escape in a string", at);
        }
    }

    private int hex(int at) {
        if (end - at < 4) {
            return fail("four hexadecimal digits are expected after \\u", at);
        }
        int value = 0;
        for (int i = at; i < at + 4; i++) {
            int c = in[i];
            int letter = c | 0x20;
            int digit = c >= '0' && c <= '9' ? c - '0' : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
            if (digit < 0) {
                return fail("four hexadecimal digits are expected after \\u", i);
            }
            value = value << 4 | digit;
        }
        return put((char) value, at + 4);
    }

    private int unicode(int at) {
        int first = in[at] & 0xff;
        if (first >= 0xc2 && first <= 0xdf) {
            int low = continuation(at + 1);
            return low < 0 ? invalid(at) : put((char) ((first & 0x1f) << 6 | low), at + 2);
        }
        if (first >= 0xe0 && first <= 0xef) {
            int high = continuation(at + 1);
            int low = continuation(at + 2);
            int value = (first & 0x0f) << 12 | high << 6 | low;
            boolean wrong = high < 0 || low < 0 || value < 0x800 || Character.isSurrogate((char) value);
            return wrong ? invalid(at) : put((char) value, at + 3);
        }
        if (first >= 0xf0 && first <= 0xf4) {
            int high = continuation(at + 1);
            int middle = continuation(at + 2);
            int low = continuation(at + 3);
            int value = (first & 0x07) << 18 | high << 12 | middle << 6 | low;
            if (high < 0 || middle < 0 || low < 0 || value < 0x10000 || value > Character.MAX_CODE_POINT) {
                return invalid(at);
            }
            put(Character.highSurrogate(value), at);
            return put(Character.lowSurrogate(value), at + 4);
        }
        return invalid(at);
    }

    private int continuation(int at) {
        return at < end && (in[at] & 0xc0) == 0x80 ? in[at] & 0x3f : -1;
    }

    private int invalid(int at) {
        return fail("a string is not valid UTF-8", at);
    }

    private int put(char c, int next) {
        reserve(1);
        out[length++] = c;
        return next;
    }

    private void reserve(int count) {
        if (out.length - length < count) {
            out = Arrays.copyOf(out, Math.max(out.length * 2, length + count));
        }
    }
}
