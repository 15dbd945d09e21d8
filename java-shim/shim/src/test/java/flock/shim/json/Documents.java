package flock.shim.json;

import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Random valid JSON texts: odd white space, escapes, every kind of character, big numbers, double names, depth. */
final class Documents {
    private static final String[] SPACES = {"", "", "", "", " ", "\n", "\t", "\r\n", "  \t "};
    private static final String[] NUMBERS = {"0", "-0", "1", "-1", "0.5", "1e5", "1E+5", "-2.50e-10", "123456789012345678901234567890",
        "9223372036854775807", "-9223372036854775808", "1.7976931348623157e308", "1e400", "0.1000", "3.0", "1e-0"};

    private final Random random;
    private final StringBuilder out = new StringBuilder();

    Documents(Random random) {
        this.random = random;
    }

    byte[] next() {
        out.setLength(0);
        space();
        if (random.nextInt(200) == 0) {
            deep(random.nextInt(Limits.MAX_DEPTH) + 1);
        } else {
            value(0);
        }
        space();
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }

    private void deep(int levels) {
        StringBuilder close = new StringBuilder();
        for (int i = 0; i < levels; i++) {
            boolean array = random.nextBoolean();
            out.append(array ? "[" : "{\"n\":");
            close.append(array ? ']' : '}');
        }
        out.append('1').append(close.reverse());
    }

    private void value(int depth) {
        switch (random.nextInt(depth > 5 ? 6 : 10)) {
            case 0:
                out.append("null");
                break;
            case 1:
                out.append(random.nextBoolean());
                break;
            case 2:
            case 3:
                number();
                break;
            case 6:
            case 7:
                out.append('[');
                space();
                for (int i = random.nextInt(6); i > 0; i--) {
                    value(depth + 1);
                    space();
                    if (i > 1) {
                        out.append(',');
                        space();
                    }
                }
                out.append(']');
                break;
            case 8:
            case 9:
                out.append('{');
                space();
                for (int i = random.nextInt(6); i > 0; i--) {
                    string(random.nextInt(3) == 0 ? "same" : text(random));
                    space();
                    out.append(':');
                    space();
                    value(depth + 1);
                    space();
                    if (i > 1) {
                        out.append(',');
                        space();
                    }
                }
                out.append('}');
                break;
            default:
                string(text(random));
        }
    }

    private void number() {
        if (random.nextBoolean()) {
            out.append(NUMBERS[random.nextInt(NUMBERS.length)]);
        } else {
            out.append(random.nextBoolean() ? Long.toString(random.nextLong()) : Double.toString(random.nextGaussian()));
        }
    }

    private void space() {
        out.append(SPACES[random.nextInt(SPACES.length)]);
    }

    /** A string in quotes, each character as it is or escaped in one of the ways that are allowed. */
    private void string(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean lone = Character.isSurrogate(c) && !inPair(text, i);
            boolean must = c < 0x20 || c == '"' || c == '\\' || lone;
            int letter = "\b\f\n\r\t\"\\/".indexOf(c);
            if (letter >= 0 && (must || random.nextInt(3) == 0) && random.nextBoolean()) {
                out.append('\\').append("bfnrt\"\\/".charAt(letter));
            } else if (must || random.nextInt(20) == 0 && !Character.isSurrogate(c)) {
                String format = random.nextBoolean() ? "\\u%04x" : "\\u%04X";
                out.append(String.format(format, (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }

    private static boolean inPair(String text, int i) {
        char c = text.charAt(i);
        if (Character.isHighSurrogate(c)) {
            return i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1));
        }
        return i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
    }

    /** Mostly short and ASCII, sometimes long, with control characters, other scripts, emoji and lone surrogates. */
    static String text(Random random) {
        int length = random.nextInt(20) == 0 ? random.nextInt(3000) : random.nextInt(12);
        int kind = random.nextInt(6);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            switch (kind < 3 ? 0 : random.nextInt(9)) {
                case 1:
                    text.append((char) random.nextInt(0x20));
                    break;
                case 2:
                    text.append((char) (0x80 + random.nextInt(0x780)));
                    break;
                case 3:
                    text.append((char) (0x800 + random.nextInt(0xd800 - 0x800)));
                    break;
                case 4:
                    text.appendCodePoint(0x10000 + random.nextInt(0x100000));
                    break;
                case 5:
                    text.append("\"\\/\b\f\n\r\t\u2028\u2029\u007f'<>&=".charAt(random.nextInt(16)));
                    break;
                case 6:
                    if (random.nextInt(10) == 0) {
                        text.append((char) (0xd800 + random.nextInt(0x800)));
                    }
                    break;
                default:
                    text.append((char) (0x20 + random.nextInt(0x5f)));
            }
        }
        return text.toString();
    }
}
