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
import java.util.List;
import java.util.Map;
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
    public void aPartInTwoPlacesIsTwoPartsAfterwards() {
        JsonObject part = new JsonObject();
        JsonArray all = new JsonArray();
        JsonObject value = new JsonObject();
        value.add("best", part);
        value.add("all", all);
        assertSame(value, Copies.untangled(value));
        all.add(part);
        JsonObject untangled = Copies.untangled(value).getAsJsonObject();
        assertEquals(value, untangled);
        untangled.getAsJsonObject("best").addProperty("n", 1);
        assertEquals("{\"best\":{\"n\":1},\"all\":[{}]}", untangled.toString());
        part.add("self", value);
        assertThrows(JsonFault.class, () -> Copies.untangled(value));
    }

    @Test
    @SuppressWarnings({"unchecked", "rawtypes"})
    public void whatWasPutIntoTheListsOfGsonBehindItsBackIsAFault() {
        JsonObject object = new JsonObject();
        ((Map) object.asMap()).put(7, new JsonPrimitive(1));
        assertThrows(JsonFault.class, () -> Copies.untangled(object));
        JsonArray array = new JsonArray();
        ((List) array.asList()).add("text");
        assertThrows(JsonFault.class, () -> Copies.untangled(array));
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
