package flock.shim.json;

import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.List;
import java.util.Map;
import org.junit.Test;

/** Only what text could say as it is moves as it is. */
public final class TreesTest {
    @Test
    public void aPartInTwoPlacesMakesItNoTree() {
        JsonObject part = new JsonObject();
        JsonArray all = new JsonArray();
        JsonObject value = new JsonObject();
        value.add("best", part);
        value.add("all", all);
        value.addProperty("n", 1);
        assertTrue(Trees.is(value));
        all.add(part);
        assertFalse(Trees.is(value));
    }

    @Test
    public void aPartThatContainsItselfMakesItNoTree() {
        JsonObject value = new JsonObject();
        JsonObject part = new JsonObject();
        value.add("part", part);
        part.add("self", value);
        assertFalse(Trees.is(value));
    }

    @Test
    public void whatIsNestedTooDeepIsAFault() {
        JsonArray value = new JsonArray();
        for (int depth = 1; depth < Limits.MAX_DEPTH; depth++) {
            JsonArray outer = new JsonArray();
            outer.add(value);
            value = outer;
        }
        assertTrue(Trees.is(value));
        JsonArray tooDeep = new JsonArray();
        tooDeep.add(value);
        assertTrue(assertThrows(JsonFault.class, () -> Trees.is(tooDeep)).getMessage().contains("deeper than 512 levels"));
    }

    @Test
    @SuppressWarnings({"unchecked", "rawtypes"})
    public void whatWasPutIntoTheListsOfGsonBehindItsBackIsAFault() {
        JsonObject object = new JsonObject();
        ((Map) object.asMap()).put(7, new JsonPrimitive(1));
        assertThrows(JsonFault.class, () -> Trees.is(object));
        JsonArray array = new JsonArray();
        ((List) array.asList()).add("text");
        assertThrows(JsonFault.class, () -> Trees.is(array));
    }
}
