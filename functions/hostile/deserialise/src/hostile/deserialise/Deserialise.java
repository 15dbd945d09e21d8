// Reads a serialised object that is small on the wire and endless to read. `how`: sets (HashSets nested `depth` deep, 10 if not given: the hash of each needs
// that of two others, so the work doubles with every level), array (an array that claims `depth` million elements), strings (a list that refers to one
// string a million times).
package hostile.deserialise;

import com.google.gson.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

public final class Deserialise {
    private static volatile Object held;

    private Deserialise() {}

    public static JsonObject main(JsonObject args) throws IOException, ClassNotFoundException {
        String how = args.has("how") ? args.get("how").getAsString() : "sets";
        int depth = args.has("depth") ? args.get("depth").getAsInt() : 10;
        byte[] bytes = switch (how) {
            case "sets" -> sets(depth);
            case "array" -> claims(depth * 1_000_000);
            case "strings" -> strings();
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        };
        JsonObject result = new JsonObject();
        result.addProperty("bytes", bytes.length);
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
            held = in.readObject();
        } catch (IOException short_) {
            result.addProperty("failed", short_.toString());
        }
        held = null;
        return result;
    }

    /** Linked only after both sides were filled, as writing them costs nothing then. */
    private static byte[] sets(int depth) throws IOException {
        List<Set<Object>> lefts = new ArrayList<>();
        List<Set<Object>> rights = new ArrayList<>();
        for (int i = 0; i <= depth; i++) {
            lefts.add(new Bag());
            rights.add(new Bag());
        }
        for (int i = 0; i < depth; i++) {
            lefts.get(i).add(lefts.get(i + 1));
            lefts.get(i).add(rights.get(i + 1));
            rights.get(i).add(lefts.get(i + 1));
            rights.get(i).add(rights.get(i + 1));
            rights.get(i).add("right");
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(lefts.get(0));
        }
        return bytes.toByteArray();
    }

    /** Written as a set; its own hash is cheap, so that building the bomb is not the bomb. */
    private static final class Bag extends HashSet<Object> {
        private static final long serialVersionUID = 1;

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }

        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        private Object writeReplace() {
            return new Plain(toArray());
        }
    }

    /** Becomes a HashSet of what it holds when it is read. */
    private static final class Plain implements java.io.Serializable {
        private static final long serialVersionUID = 1;
        private final Object[] values;

        Plain(Object[] values) {
            this.values = values;
        }

        private Object readResolve() {
            return new HashSet<>(List.of(values));
        }
    }

    private static byte[] claims(int length) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(new long[1]);
        }
        byte[] all = bytes.toByteArray();
        ByteArrayOutputStream number = new ByteArrayOutputStream();
        new DataOutputStream(number).writeInt(length);
        System.arraycopy(number.toByteArray(), 0, all, all.length - 12, 4);
        return all;
    }

    private static byte[] strings() throws IOException {
        List<String> list = new ArrayList<>();
        for (int i = 0; i < 1_000_000; i++) list.add("again");
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(list);
        }
        return bytes.toByteArray();
    }
}
