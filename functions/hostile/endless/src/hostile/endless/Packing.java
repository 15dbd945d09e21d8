// Compresses 48 MiB of text that is hard on the compressor in one call, or takes as much zeroes out again, once or without end.
package hostile.endless;

import java.util.Random;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

final class Packing {
    private static final int BYTES = 48 << 20;
    private static final int PIECE = 1 << 20;

    private Packing() {}

    /** Chains of nearly equal text, each longer than the window. */
    static void deflate(long times) {
        byte[] text = new byte[BYTES];
        Random random = new Random(1);
        for (int i = 0; i < PIECE; i++) text[i] = (byte) (random.nextInt(32) == 0 ? random.nextInt(2) : 'a');
        for (int at = PIECE; at < BYTES; at += PIECE) System.arraycopy(text, 0, text, at, PIECE);
        byte[] packed = new byte[BYTES / 4];
        for (long i = 0; i < times; i++) {
            Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
            deflater.setInput(text);
            deflater.finish();
            deflater.deflate(packed);
            deflater.end();
        }
    }

    static void inflate(long times) {
        byte[] plain = new byte[BYTES];
        byte[] packed = new byte[1 << 20];
        Deflater deflater = new Deflater(Deflater.BEST_SPEED);
        deflater.setInput(plain);
        deflater.finish();
        int count = deflater.deflate(packed);
        deflater.end();
        for (long i = 0; i < times; i++) {
            Inflater inflater = new Inflater();
            inflater.setInput(packed, 0, count);
            try {
                inflater.inflate(plain);
            } catch (DataFormatException impossible) {
                throw new IllegalStateException(impossible);
            }
            inflater.end();
        }
    }
}
