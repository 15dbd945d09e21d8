package flock.shim.json;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.internal.LazilyParsedNumber;
import java.nio.charset.StandardCharsets;
import org.junit.Test;

/** The edges of the reader and the writer that a fuzzer meets rarely, each by name. */
public final class JsonTest {
    private final Reader reader = new Reader();
    private final Writer writer = new Writer();

    private JsonElement read(String text) {
        return read(text.getBytes(StandardCharsets.UTF_8));
    }

    private JsonElement read(byte[] text) {
        return reader.read(text, 0, text.length);
    }

    private void refuses(String text, String because) {
        JsonFault fault = assertThrows(text, JsonFault.class, () -> read(text));
        assertTrue(fault.getMessage(), fault.getMessage().contains(because));
    }

    private void refusesBytes(int... string) {
        byte[] text = new byte[string.length + 2];
        text[0] = '"';
        for (int i = 0; i < string.length; i++) {
            text[i + 1] = (byte) string[i];
        }
        text[text.length - 1] = '"';
        JsonFault fault = assertThrows(JsonFault.class, () -> read(text));
        assertTrue(fault.getMessage(), fault.getMessage().contains("not valid UTF-8"));
    }

    private String write(JsonElement value) {
        writer.write(value, Integer.MAX_VALUE);
        return new String(writer.bytes(), 0, writer.length(), StandardCharsets.UTF_8);
    }

    private static String nested(int levels) {
        return "[".repeat(levels) + "]".repeat(levels);
    }

    @Test
    public void refusesInvalidUtf8() {
        refusesBytes(0xc0, 0x80);
        refusesBytes(0xc1, 0xbf);
        refusesBytes(0xe0, 0x80, 0x80);
        refusesBytes(0xed, 0xa0, 0x80);
        refusesBytes(0xf0, 0x80, 0x80, 0x80);
        refusesBytes(0xf4, 0x90, 0x80, 0x80);
        refusesBytes(0xf5, 0x80, 0x80, 0x80);
        refusesBytes(0x80);
        refusesBytes(0xc3);
        refusesBytes('a', 0xe2, 0x82);
        refusesBytes(0xff);
        assertEquals("\uffff\ue000\u0800\u0080", read("\"\uffff\ue000\u0800\u0080\"").getAsString());
    }

    @Test
    public void refusesWhatIsNoJson() {
        refuses("", "ends");
        refuses("{", "name in quotes");
        refuses("[1,]", "value is expected");
        refuses("{\"a\":1,}", "name in quotes");
        refuses("{\"a\" 1}", "':'");
        refuses("[1 2]", "','");
        refuses("01", "more text");
        refuses("+1", "value");
        refuses("1.", "value");
        refuses(".5", "value");
        refuses("1e", "value");
        refuses("-", "value");
        refuses("NaN", "value");
        refuses("nul", "'null'");
        refuses("truE", "'true'");
        refuses("'a'", "value");
        refuses("\"a\tb\"", "control character");
        refuses("\"\\x\"", "unknown escape");
        refuses("\"\\u12g4\"", "hexadecimal");
        refuses("\"\\u12", "hexadecimal");
        refuses("\"a", "does not end");
        refuses("\"a\\", "does not end");
        refuses("{} {}", "more text");
        refuses("/**/1", "value");
    }

    @Test
    public void bindsDepthOnBothSides() {
        JsonElement deepest = read(nested(Limits.MAX_DEPTH));
        assertEquals(nested(Limits.MAX_DEPTH), write(deepest));
        refuses(nested(Limits.MAX_DEPTH + 1), "deeper than 512");
        refuses("[".repeat(5_000_000), "deeper than 512");
        JsonArray deeper = new JsonArray();
        deeper.add(deepest);
        assertThrows(JsonFault.class, () -> write(deeper));
        JsonArray itself = new JsonArray();
        itself.add(itself);
        assertThrows(JsonFault.class, () -> write(itself));
    }

    /** Long strings go by words and by chunks: what is not plain is tried around each edge of both. */
    @Test
    public void longStringsAreLikeGsons() {
        String[] odd = {"\"", "\\", "\n", "\u0000", "\u001f", "\u007f", "\u0080", "\u00ff", "\u0141", "\u2028", "\ud83d\ude00",
            "/"};
        for (int length : new int[] {63, 64, 65, 71, 72, 511, 512, 513, 1023, 1024, 1025, 1600}) {
            for (String odds : odd) {
                for (int at : new int[] {0, 1, length / 2, length - 9, length - 8, length - 7, length - 1, length}) {
                    String text = "x".repeat(at) + odds + "y".repeat(length - at);
                    String json = new JsonPrimitive(text).toString();
                    assertEquals(json, write(new JsonPrimitive(text)));
                    assertEquals(text, read(json).getAsString());
                }
            }
            refuses('"' + "x".repeat(length), "does not end");
            refuses('"' + "x".repeat(length) + "\t\"", "control character");
        }
    }

    @Test
    public void lastOfTwoNamesWins() {
        assertEquals("{\"a\":3,\"b\":2}", read("{\"a\":1,\"b\":2,\"a\":3}").toString());
    }

    @Test
    public void namesFromTheTableAreRight() {
        StringBuilder text = new StringBuilder("{");
        for (int i = 0; i < 5000; i++) {
            text.append(i == 0 ? "" : ",").append("\"name").append(i).append("\":").append(i);
        }
        for (int round = 0; round < 2; round++) {
            JsonObject read = read(text + "}").getAsJsonObject();
            for (int i = 0; i < 5000; i++) {
                assertEquals(i, read.get("name" + i).getAsInt());
            }
        }
    }

    @Test
    public void numbersKeepTheirText() {
        JsonElement read = read("[1.0,1e2,123456789012345678901234567890,-0]");
        assertEquals("[1.0,1e2,123456789012345678901234567890,-0]", write(read));
        assertEquals(LazilyParsedNumber.class, read.getAsJsonArray().get(0).getAsNumber().getClass());
    }

    @Test
    public void refusesNumbersThatAreNone() {
        for (double odd : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            JsonFault fault = assertThrows(JsonFault.class, () -> write(new JsonPrimitive(odd)));
            assertTrue(fault.getMessage(), fault.getMessage().contains(Double.toString(odd)));
        }
        for (String text : new String[] {"", "0x10", "1 ", "\u0661", "1,\"x\":2", "--1", "\u0131"}) {
            assertThrows(text, JsonFault.class, () -> write(new JsonPrimitive(new LazilyParsedNumber(text))));
        }
        assertThrows(JsonFault.class, () -> write(new JsonPrimitive(new OddNumber(null))));
    }

    @Test
    public void asksANumberOfAnotherTypeOnce() {
        OddNumber number = new OddNumber("12.5");
        assertEquals("12.5", write(new JsonPrimitive(number)));
        assertEquals(1, number.asked);
    }

    @Test
    public void loneSurrogatesBecomeQuestionMarks() {
        assertEquals("\"a?b?\"", write(new JsonPrimitive("a\ud800b\udc00")));
        assertEquals("\"?\ud83d\ude00\"", write(new JsonPrimitive("\ud800\ud83d\ude00")));
    }

    @Test
    public void pairsAtTheSeamOfChunksStayWhole() {
        for (int before = 505; before < 520; before++) {
            String text = "x".repeat(before) + "\ud83d\ude00".repeat(600);
            assertEquals('"' + text + '"', write(new JsonPrimitive(text)));
        }
    }

    @Test
    public void countsWhatIsOverTheLimit() {
        JsonArray large = new JsonArray();
        for (int i = 0; i < 2000; i++) {
            large.add("\u00e9".repeat(500));
        }
        int whole = large.toString().getBytes(StandardCharsets.UTF_8).length;
        for (int limit : new int[] {0, 1, 2, 3, 4, 1000, 1001, 8191, 8192, 8193, 100_000, whole - 1, whole, whole + 1}) {
            writer.write(large, limit);
            assertEquals(whole, writer.totalBytes());
            assertTrue(writer.length() <= limit && (writer.length() >= Math.min(limit, whole) - 1));
        }
        writer.trim();
        assertTrue(writer.bytes().length <= Limits.KEPT_SCRATCH_BYTES);
    }

    private static final class OddNumber extends Number {
        private final String text;
        private int asked;

        OddNumber(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            asked++;
            return text;
        }

        @Override
        public int intValue() {
            return 0;
        }

        @Override
        public long longValue() {
            return 0;
        }

        @Override
        public float floatValue() {
            return 0;
        }

        @Override
        public double doubleValue() {
            return 0;
        }
    }
}
