package flock.shim.gate;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.junit.Test;

/** What the compressor does in pieces is what it does in one: to whoever calls it there is no difference. */
public final class ZipGateTest {
    private static final int[] SIZES = {0, 1, 65_535, 65_536, 65_537, 131_072, 1_000_000};

    /** Text that can be packed a little. */
    private static byte[] text(int size) {
        Random random = new Random(size);
        byte[] text = new byte[size];
        for (int i = 0; i < size; i++) {
            text[i] = (byte) (random.nextInt(4) == 0 ? random.nextInt(256) : 'a');
        }
        return text;
    }

    private static byte[] unpacked(byte[] packed, int size) throws DataFormatException {
        Inflater inflater = new Inflater();
        inflater.setInput(packed);
        byte[] plain = new byte[size];
        assertEquals(size, inflater.inflate(plain));
        assertTrue(inflater.finished() || size == 0 && inflater.inflate(new byte[1]) == 0 && inflater.finished());
        assertEquals(0, inflater.getRemaining());
        assertEquals(size, inflater.getBytesWritten());
        inflater.end();
        return plain;
    }

    @Test
    public void oneCallTakesAllOfAnArray() throws Exception {
        for (int size : SIZES) {
            for (int level : new int[] {0, 1, 6, 9}) {
                byte[] text = text(size);
                Deflater deflater = new Deflater(level);
                deflater.setInput(text);
                deflater.finish();
                byte[] packed = new byte[size + size / 100 + 100];
                int count = deflater.deflate(packed);
                assertTrue(size + " at " + level, deflater.finished() && deflater.needsInput());
                assertEquals(size, deflater.getBytesRead());
                assertEquals(count, deflater.getBytesWritten());
                deflater.end();
                assertArrayEquals(text, unpacked(Arrays.copyOf(packed, count), size));
            }
        }
    }

    @Test
    public void oneCallTakesAllOfABuffer() throws Exception {
        for (int size : SIZES) {
            for (boolean isDirect : new boolean[] {false, true}) {
                byte[] text = text(size);
                ByteBuffer from = isDirect ? ByteBuffer.allocateDirect(size) : ByteBuffer.allocate(size);
                ByteBuffer to = isDirect ? ByteBuffer.allocateDirect(size + 1_000) : ByteBuffer.allocate(size + 1_000);
                from.put(text).flip();
                Deflater deflater = new Deflater();
                deflater.setInput(from);
                deflater.finish();
                assertEquals(deflater.deflate(to), to.position());
                assertTrue(deflater.finished() && !from.hasRemaining());
                deflater.end();
                to.flip();
                Inflater inflater = new Inflater();
                inflater.setInput(to);
                ByteBuffer again = isDirect ? ByteBuffer.allocateDirect(size + 1) : ByteBuffer.allocate(size + 1);
                assertEquals(size, inflater.inflate(again));
                assertTrue(inflater.finished() && !to.hasRemaining());
                inflater.end();
                byte[] plain = new byte[size];
                again.flip().get(plain);
                assertArrayEquals(text, plain);
            }
        }
    }

    @Test
    public void aSmallOutputIsFilledAgainAndAgain() throws Exception {
        byte[] text = text(1_000_000);
        Deflater deflater = new Deflater();
        deflater.setInput(text);
        deflater.finish();
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        byte[] piece = new byte[1_000];
        while (!deflater.finished()) {
            int count = deflater.deflate(piece, 1, 998);
            assertTrue(count == 998 || deflater.finished());
            packed.write(piece, 1, count);
        }
        deflater.end();
        assertArrayEquals(text, unpacked(packed.toByteArray(), text.length));
    }

    @Test
    public void aFlushComesAfterTheLastPiece() throws Exception {
        byte[] text = text(300_000);
        Deflater deflater = new Deflater();
        deflater.setInput(text);
        byte[] packed = new byte[text.length * 2];
        int count = deflater.deflate(packed, 0, packed.length, Deflater.SYNC_FLUSH);
        assertTrue(deflater.needsInput() && !deflater.finished());
        Inflater inflater = new Inflater();
        inflater.setInput(packed, 0, count);
        byte[] plain = new byte[text.length];
        assertEquals(text.length, inflater.inflate(plain));
        assertArrayEquals(text, plain);
        // It goes on as it was: not finished, and with the whole of what is given next.
        deflater.setInput(text);
        deflater.finish();
        inflater.setInput(packed, 0, deflater.deflate(packed));
        assertTrue(deflater.finished());
        assertEquals(text.length, inflater.inflate(plain));
        assertArrayEquals(text, plain);
        deflater.end();
        inflater.end();
    }

    @Test
    public void badArgumentsFailAsEver() {
        Deflater deflater = new Deflater();
        deflater.setInput(text(200_000));
        byte[] to = new byte[100];
        assertThrows(ArrayIndexOutOfBoundsException.class, () -> deflater.deflate(to, -1, 10));
        assertThrows(ArrayIndexOutOfBoundsException.class, () -> deflater.deflate(to, 50, 51));
        assertThrows(IllegalArgumentException.class, () -> deflater.deflate(to, 0, 100, 9));
        assertThrows(NullPointerException.class, () -> deflater.deflate((byte[]) null, 0, 0));
        assertEquals(0, deflater.getBytesRead());
        deflater.end();
        // Before JDK 25 a NullPointerException, since then an IllegalStateException.
        assertThrows(RuntimeException.class, () -> deflater.deflate(to));
        Inflater inflater = new Inflater();
        byte[] plain = new byte[200_000];
        assertThrows(ArrayIndexOutOfBoundsException.class, () -> inflater.inflate(plain, 1, plain.length));
        inflater.setInput(new byte[] {1, 2, 3});
        assertThrows(DataFormatException.class, () -> inflater.inflate(plain));
        inflater.end();
    }

    @Test
    public void aClassBelowIsAskedOnce() {
        int[] asked = new int[1];
        Deflater deflater = new Deflater() {
            @Override
            public int deflate(byte[] to, int offset, int length, int flush) {
                asked[0]++;
                return super.deflate(to, offset, length, flush);
            }
        };
        deflater.setInput(text(1_000_000));
        deflater.finish();
        assertTrue(deflater.deflate(new byte[1_000_000]) > 0);
        assertEquals(1, asked[0]);
        deflater.end();
    }
}
