package flock.shim.json;

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
