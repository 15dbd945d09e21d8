package flock.shim.json;

import java.util.Arrays;
import java.util.Random;

/** Small damage to a text: a byte changed, taken out, put in, doubled, or the end cut off. */
final class Damage {
    private static final byte[] TELLING = "{}[]:,\"\\0123456789-+.eEtrufalsn \t\n/u".getBytes();

    private Damage() {}

    static byte[] of(byte[] whole, Random random) {
        byte[] text = whole;
        for (int i = 1 + random.nextInt(2); i > 0 && text.length > 0; i--) {
            text = once(text, random);
        }
        return text;
    }

    private static byte[] once(byte[] text, Random random) {
        int at = random.nextInt(text.length);
        byte[] out;
        switch (random.nextInt(6)) {
            case 0:
                out = text.clone();
                out[at] = (byte) random.nextInt(256);
                return out;
            case 1:
                out = text.clone();
                out[at] = TELLING[random.nextInt(TELLING.length)];
                return out;
            case 2:
                out = new byte[text.length - 1];
                System.arraycopy(text, 0, out, 0, at);
                System.arraycopy(text, at + 1, out, at, out.length - at);
                return out;
            case 3:
                return insert(text, at, TELLING[random.nextInt(TELLING.length)]);
            case 4:
                return insert(text, at, text[at]);
            default:
                return Arrays.copyOf(text, at);
        }
    }

    private static byte[] insert(byte[] text, int at, byte b) {
        byte[] out = new byte[text.length + 1];
        System.arraycopy(text, 0, out, 0, at);
        out[at] = b;
        System.arraycopy(text, at, out, at + 1, text.length - at);
        return out;
    }
}
