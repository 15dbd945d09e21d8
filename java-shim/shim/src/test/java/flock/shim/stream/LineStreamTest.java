package flock.shim.stream;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.Test;

public final class LineStreamTest {
    private final List<byte[]> raw = new ArrayList<>();
    private final LineStream out = new LineStream(1, (stream, bytes, offset, length) ->
            raw.add(Arrays.copyOfRange(bytes, offset, offset + length)));

    private List<String> lines() {
        List<String> lines = new ArrayList<>();
        raw.forEach(line -> lines.add(new String(line, StandardCharsets.UTF_8)));
        raw.clear();
        return lines;
    }

    @Test
    public void cutsIntoLines() {
        out.print("a");
        out.print("b\nc\n\nd");
        assertEquals(List.of("ab", "c", ""), lines());
        out.println();
        out.println("e");
        out.print("f");
        out.finish();
        out.finish();
        assertEquals(List.of("d", "e", "f"), lines());
    }

    @Test
    public void printsAllThatPrintStreamPrints() throws IOException {
        out.print(true);
        out.print('c');
        out.print(1);
        out.print(2L);
        out.print(1.5f);
        out.print(2.5);
        out.print(new char[] {'x', 'y'});
        out.print((String) null);
        out.print((Object) null);
        out.println();
        out.println(true);
        out.println('c');
        out.println(1);
        out.println(2L);
        out.println(1.5f);
        out.println(2.5);
        out.println(new char[] {'x', 'y'});
        out.println((Object) List.of(1));
        out.printf("%d-%s%n", 1, "z").printf(Locale.GERMANY, "%.1f%n", 1.5);
        out.format("%s%n", "f").format(Locale.GERMANY, "%.1f%n", 2.5);
        out.append("seq").append("xseqx", 1, 4).append('!').append(null).append("\n");
        out.write('w');
        out.write("bytes\n".getBytes());
        out.write("xbytesx\n".getBytes(), 1, 5);
        out.writeBytes("\n".getBytes());
        out.close();
        out.println("still open");
        assertFalse(out.checkError());
        assertEquals(List.of("truec121.52.5xynullnull", "true", "c", "1", "2", "1.5", "2.5", "xy", "[1]", "1-z", "1,5",
                "f", "2,5", "seqseq!null", "wbytes", "bytes", "still open"), lines());
    }

    @Test
    public void keepsCharactersWhole() {
        out.print('\ud83d');
        out.print('\ude00');
        out.println("\u00fc");
        for (byte b : "\u20ac\n".getBytes(StandardCharsets.UTF_8)) {
            out.write(b);
        }
        out.print('\ud83d');
        out.println();
        out.print('\ud83d');
        out.finish();
        out.print('\ud83d');
        out.write('\n');
        assertEquals(List.of("\ud83d\ude00\u00fc", "\u20ac", "?", "?", "?"), lines());
    }

    @Test
    public void cutsLongLines() {
        String character = "\u20ac";
        int count = LineStream.LONGEST_LINE_BYTES;
        out.print("x");
        for (int i = 0; i < 16; i++) {
            out.print(character.repeat(count / 16));
        }
        out.println();
        int total = 0;
        StringBuilder whole = new StringBuilder();
        for (byte[] line : raw) {
            assertTrue(line.length <= LineStream.LONGEST_LINE_BYTES);
            total += line.length;
            whole.append(new String(line, StandardCharsets.UTF_8));
        }
        assertEquals(4, raw.size());
        assertEquals(1 + 3 * count, total);
        assertEquals(-1, whole.indexOf("\ufffd"));
        raw.clear();
        out.println("after");
        assertEquals(List.of("after"), lines());
    }

    @Test
    public void cutsLongLinesOfAnyBytes() {
        byte[] bytes = new byte[3 * LineStream.LONGEST_LINE_BYTES + 5];
        Arrays.fill(bytes, (byte) 0x80);
        out.write(bytes, 0, bytes.length);
        out.finish();
        assertEquals(bytes.length, raw.stream().mapToInt(line -> line.length).sum());
    }

    @Test
    public void splitOutHasEveryMethodOfPrintStream() throws Exception {
        List<String> missing = new ArrayList<>();
        for (Method method : PrintStream.class.getMethods()) {
            boolean other = method.getDeclaringClass() == Object.class || Modifier.isStatic(method.getModifiers())
                    || method.isBridge() || method.isSynthetic();
            if (other) {
                continue;
            }
            try {
                SplitOut.class.getDeclaredMethod(method.getName(), method.getParameterTypes());
            } catch (NoSuchMethodException absent) {
                missing.add(method.toString());
            }
        }
        assertEquals(List.of(), missing);
        for (Method method : SplitOut.class.getDeclaredMethods()) {
            assertFalse(method.toString(), Modifier.isSynchronized(method.getModifiers()));
        }
    }
}
