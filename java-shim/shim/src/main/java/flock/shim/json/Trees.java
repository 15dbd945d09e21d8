package flock.shim.json;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Is a value a tree, as one that was read from text is? A part that stands in two places would change in both, and one that
 * contains itself has no end. What is no JSON is a fault, as when it is written: code may put anything into gson's own lists.
 */
public final class Trees {
    private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());

    private Trees() {}

    public static boolean is(JsonElement value) {
        return new Trees().isTree(value, 0);
    }

    private boolean isTree(Object value, int depth) {
        if (value instanceof JsonObject) {
            return isNew(value, depth) && areTrees((JsonObject) value, depth + 1);
        }
        if (value instanceof JsonArray) {
            return isNew(value, depth) && areTrees((JsonArray) value, depth + 1);
        }
        if (value == null || value instanceof JsonPrimitive || value instanceof JsonNull) {
            return true;
        }
        throw new JsonFault("it contains a " + value.getClass().getName() + ", which is no JSON type");
    }

    private boolean isNew(Object container, int depth) {
        Limits.checkDepth(depth + 1);
        return seen.add(container);
    }

    private boolean areTrees(JsonObject members, int depth) {
        for (Map.Entry<?, ?> member : members.entrySet()) {
            Object name = member.getKey();
            if (!(name instanceof String)) {
                throw new JsonFault("the name of a member is a " + (name == null ? "null" : name.getClass().getName())
                        + ", expected a String");
            }
            if (!isTree(member.getValue(), depth)) {
                return false;
            }
        }
        return true;
    }

    private boolean areTrees(Iterable<?> elements, int depth) {
        for (Object element : elements) {
            if (!isTree(element, depth)) {
                return false;
            }
        }
        return true;
    }
}
