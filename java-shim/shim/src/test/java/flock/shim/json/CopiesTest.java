package flock.shim.json;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotSame;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.internal.LazilyParsedNumber;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.Test;

/** A copy is equal and leads to nothing of the original that can change. */
public final class CopiesTest {
    @Test
    public void copiesAreEqualAndShareNothingThatChanges() {
        byte[] text = "{\"a\":[1,2.5e3,{\"b\":null}],\"t\":\"\u00fc\",\"f\":false}".getBytes(StandardCharsets.UTF_8);
        JsonElement inner = new Reader().read(text, 0, text.length);
        JsonObject object = inner.getAsJsonObject();
        JsonObject copy = Copies.of(object).getAsJsonObject();
        assertEquals(object, copy);
        assertEquals(object.toString(), copy.toString());
        object.getAsJsonArray("a").get(2).getAsJsonObject().addProperty("b", 1);
        object.addProperty("new", 1);
        assertEquals("{\"a\":[1,2.5e3,{\"b\":null}],\"t\":\"\u00fc\",\"f\":false}", copy.toString());
        assertSame(object.get("t"), copy.get("t"));
        assertNotSame(object.get("a"), copy.get("a"));
    }

    @Test
    public void numbersOfOtherClassesBecomeTheirText() {
        AtomicInteger changing = new AtomicInteger(7);
        JsonObject object = new JsonObject();
        object.add("n", new JsonPrimitive(changing));
        object.addProperty("d", 1.5);
        JsonObject copy = Copies.of(object).getAsJsonObject();
        changing.set(8);
        assertEquals("{\"n\":7,\"d\":1.5}", copy.toString());
        assertSame(LazilyParsedNumber.class, copy.getAsJsonPrimitive("n").getAsNumber().getClass());
    }

    @Test
    public void whatIsNoJsonIsAFault() {
        JsonObject cycle = new JsonObject();
        cycle.add("self", cycle);
        assertTrue(fault(cycle).contains("nested deeper than 512 levels"));
        JsonArray nan = new JsonArray();
        nan.add(Double.NaN);
        assertTrue(fault(nan).contains("NaN"));
        JsonArray infinite = new JsonArray();
        infinite.add(Float.NEGATIVE_INFINITY);
        assertTrue(fault(infinite).contains("-Infinity"));
        JsonArray lazy = new JsonArray();
        lazy.add(new JsonPrimitive(new LazilyParsedNumber("1,2")));
        assertTrue(fault(lazy).contains("no JSON number: 1,2"));
    }

    private static String fault(JsonElement value) {
        return assertThrows(JsonFault.class, () -> Copies.of(value)).getMessage();
    }
}
