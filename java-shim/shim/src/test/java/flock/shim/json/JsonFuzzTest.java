package flock.shim.json;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.junit.Assert.fail;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.Test;

/**
 * Compares the reader and the writer with gson over many documents from a fixed seed, whole and damaged. What the
 * reader takes gson must read equal; what strict gson takes as valid UTF-8 the reader must take.
 */
public final class JsonFuzzTest {
    private static final long SEED = 0x464c4f434bL;
    private static final int DOCUMENTS = 8_000;
    private static final int DAMAGED_EACH = 4;
    /** Any escape; with its last two digits where it is half of a surrogate pair. */
    private static final Pattern ESCAPE = Pattern.compile("\\\\(?:u[dD][89a-fA-F]([0-9a-fA-F]{2})|.)", Pattern.DOTALL);

    private final TypeAdapter<JsonElement> gson = new Gson().getAdapter(JsonElement.class);
    private final Reader reader = new Reader();
    private final Writer writer = new Writer();

    @Test
    public void documentsReadLikeGson() {
        Documents documents = new Documents(new Random(SEED));
        for (int i = 0; i < DOCUMENTS; i++) {
            byte[] text = documents.next();
            JsonElement expected = strictly(text);
            assertTrue("the generator made no JSON: " + show(text), expected != null);
            assertSame(expected, reader.read(text, 0, text.length), text);
        }
    }

    @Test
    public void damagedDocumentsReadLikeGson() {
        Random random = new Random(SEED + 1);
        Documents documents = new Documents(random);
        int taken = 0;
        int refused = 0;
        for (int i = 0; i < DOCUMENTS; i++) {
            byte[] whole = documents.next();
            for (int k = 0; k < DAMAGED_EACH; k++) {
                byte[] text = Damage.of(whole, random);
                JsonElement expected = strictly(text);
                JsonElement read = null;
                try {
                    read = reader.read(text, 0, text.length);
                } catch (JsonFault fault) {
                    assertTrue("refused (" + fault.getMessage() + "): " + show(text), expected == null);
                    refused++;
                    continue;
                }
                taken++;
                if (expected == null) {
                    fail("taken, but it is no strict JSON: " + show(text));
                }
                assertSame(expected, read, text);
            }
        }
        assertTrue(taken + " taken, " + refused + " refused", taken > DOCUMENTS / 10 && refused > DOCUMENTS);
    }

    @Test
    public void documentsAreWrittenLikeGson() {
        Random random = new Random(SEED + 2);
        Values values = new Values(random);
        for (int i = 0; i < DOCUMENTS; i++) {
            JsonElement value = values.next(0);
            byte[] expected = value.toString().getBytes(StandardCharsets.UTF_8);
            writer.write(value, Integer.MAX_VALUE);
            assertEquals(expected.length, writer.totalBytes());
            assertArrayEquals(value.toString(), expected, written());
            // Read again it is the same text, where no lone surrogate became a question mark.
            String text = new String(expected, StandardCharsets.UTF_8);
            assertEquals(text, reader.read(expected, 0, expected.length).toString());
            int limit = random.nextInt(expected.length + 2);
            writer.write(value, limit);
            assertEquals(expected.length, writer.totalBytes());
            assertCut(expected, written(), limit);
        }
    }

    /** Kept is the longest beginning of whole that is not over the limit and is whole characters. */
    private static void assertCut(byte[] whole, byte[] kept, int limit) {
        assertTrue(kept.length <= limit);
        for (int i = 0; i < kept.length; i++) {
            assertEquals(whole[i], kept[i]);
        }
        assertTrue("ends within a character", kept.length == whole.length || (whole[kept.length] & 0xc0) != 0x80);
        assertTrue("more would fit", kept.length == whole.length || limit - kept.length < 4);
    }

    private byte[] written() {
        return java.util.Arrays.copyOf(writer.bytes(), writer.length());
    }

    private static void assertSame(JsonElement expected, JsonElement read, byte[] text) {
        assertEquals(show(text), expected, read);
        assertEquals(show(text), expected.toString(), read.toString());
    }

    private static String show(byte[] text) {
        return new String(text, StandardCharsets.UTF_8);
    }

    /** What strict gson reads from the bytes, or null when they are not valid. */
    private JsonElement strictly(byte[] bytes) {
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException invalid) {
            return null;
        }
        if (text.startsWith("\ufeff")) {
            return null;
        }
        JsonElement value = parse(text, Strictness.STRICT);
        String harmless = ESCAPE.matcher(text).replaceAll(
                m -> Matcher.quoteReplacement(m.group(1) == null ? m.group() : "\\u00" + m.group(1)));
        if (value == null && parse(harmless, Strictness.STRICT) != null) {
            // Only strict gson refuses lone surrogates; RFC 8259 and gson's JsonParser take them.
            return parse(text, Strictness.LEGACY_STRICT);
        }
        return value;
    }

    private JsonElement parse(String text, Strictness strictness) {
        JsonReader in = new JsonReader(new StringReader(text));
        in.setStrictness(strictness);
        in.setNestingLimit(Limits.MAX_DEPTH);
        try {
            JsonElement value = gson.read(in);
            return in.peek() == JsonToken.END_DOCUMENT ? value : null;
        } catch (IOException | RuntimeException invalid) {
            return null;
        }
    }

    /** Random values as a function can build them. */
    private static final class Values {
        private final Random random;

        Values(Random random) {
            this.random = random;
        }

        JsonElement next(int depth) {
            int kind = random.nextInt(depth > 6 ? 8 : 12);
            switch (kind) {
                case 0:
                    return JsonNull.INSTANCE;
                case 1:
                    return new JsonPrimitive(random.nextBoolean());
                case 2:
                case 3:
                    return new JsonPrimitive(number());
                case 8:
                case 9:
                    JsonArray array = new JsonArray();
                    for (int i = random.nextInt(6); i > 0; i--) {
                        array.add(next(depth + 1));
                    }
                    return array;
                case 10:
                case 11:
                    JsonObject object = new JsonObject();
                    for (int i = random.nextInt(6); i > 0; i--) {
                        object.add(Documents.text(random), next(depth + 1));
                    }
                    return object;
                default:
                    return new JsonPrimitive(Documents.text(random));
            }
        }

        private Number number() {
            switch (random.nextInt(8)) {
                case 0:
                    return random.nextInt();
                case 1:
                    return random.nextLong();
                case 2:
                    return random.nextGaussian() * Math.pow(10, random.nextInt(40) - 20);
                case 3:
                    return random.nextFloat();
                case 4:
                    return new BigInteger(200, random);
                case 5:
                    return new BigDecimal(new BigInteger(100, random), random.nextInt(80) - 40);
                case 6:
                    return (short) random.nextInt();
                default:
                    return (byte) random.nextInt();
            }
        }
    }
}
