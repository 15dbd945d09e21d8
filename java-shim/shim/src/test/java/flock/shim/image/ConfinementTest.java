package flock.shim.image;

import static org.junit.Assert.assertEquals;

import flock.shim.testing.Images;
import org.junit.Test;

/** What counts as keeping nothing, and each way of keeping something that must not. */
public final class ConfinementTest {
    private static final String HEAD = "import com.google.gson.*; import java.util.*; import java.util.function.*; ";

    private static void is(Ownership expected, String members, String body) {
        String source = HEAD + "public class C { " + members
                + " public static JsonObject main(JsonObject in) throws Exception { " + body + " } }";
        assertEquals(members + " | " + body, expected, Images.compiled(source).image().ownership());
    }

    private static void confined(String body, String... members) {
        is(Ownership.SOLE, String.join(" ", members), body);
    }

    private static void joined(String body) {
        is(Ownership.JOINED, "", body);
    }

    private static void kept(String body, String... members) {
        is(Ownership.KEPT, String.join(" ", members), body);
    }

    @Test
    public void plainTransformsAreConfined() {
        confined("return in;");
        confined("JsonObject out = new JsonObject(); out.addProperty(\"n\", in.get(\"n\").getAsInt() + 1); return out;");
        confined("JsonArray list = new JsonArray(); for (Map.Entry<String, JsonElement> e : in.entrySet()) list.add(e.getKey()); return in;");
        confined("Map<String, JsonElement> map = new TreeMap<>(); for (String k : in.keySet()) map.put(k, in.get(k)); "
                + "List<String> l = new ArrayList<>(map.keySet()); l.sort(Comparator.comparing(s -> s.length())); "
                + "in.addProperty(\"first\", l.isEmpty() ? \"\" : l.get(0)); return in;");
        confined("System.out.println(\"in: \" + in); return in;");
        confined("count++; in.addProperty(\"count\", count); in.addProperty(\"p\", PREFIX + count); return in;",
                "static int count;", "static final String PREFIX = \"x\";", "static final int[] TABLE = {1, 2};");
        confined("try { return work(in); } catch (IllegalStateException e) { in.addProperty(\"error\", e.getMessage()); return in; }",
                "static JsonObject work(JsonObject in) { if (!in.has(\"a\")) throw new IllegalStateException(\"no a\"); return in; }");
        confined("return new Box(in).value;", "static final class Box { final JsonObject value; Box(JsonObject v) { value = v; } }");
        confined("return new Pair(in, 1).value();", "record Pair(JsonObject value, int n) {}");
        confined("synchronized (C.class) { byte[] big = new byte[2000000]; in.addProperty(\"n\", big.length); return in; }");
        confined("Supplier<JsonObject> s = () -> in; return s.get();");
        confined("return JsonParser.parseString(in.toString()).getAsJsonObject();");
    }

    @Test
    public void whatPutsAValueIntoAnotherMayPutItIntoTwo() {
        joined("JsonArray list = new JsonArray(); in.add(\"keys\", list); return in;");
        joined("JsonArray list = new JsonArray(); list.add(in); return in;");
        joined("JsonArray list = new JsonArray(); list.addAll(list); return in;");
        joined("in.asMap().clear(); return in;");
        joined("for (Map.Entry<String, JsonElement> e : in.entrySet()) e.setValue(in); return in;");
        joined("List<JsonElement> all = new ArrayList<>(); all.add(in); all.forEach(new JsonArray()::add); return in;");
    }

    @Test
    public void whateverCouldKeepAValueIsNot() {
        kept("kept = in; return in;", "static JsonObject kept;");
        kept("KEPT.add(in); return in;", "static final List<Object> KEPT = new ArrayList<>();");
        kept("KEPT[0] = in; return in;", "static final Object[] KEPT = new Object[1];");
        kept("E.A.kept = in; return in;", "enum E { A; JsonObject kept; }");
        kept("LOCAL.set(in); return in;", "static final ThreadLocal<Object> LOCAL = new ThreadLocal<>();");
        kept("new ThreadLocal<Object>().set(in); return in;");
        kept("new Thread(() -> in.addProperty(\"late\", 1)).start(); return in;");
        kept("new Timer().schedule(null, 1); return in;");
        kept("java.util.concurrent.CompletableFuture.runAsync(() -> in.remove(\"a\")); return in;");
        kept("System.getProperties().put(\"kept\", in); return in;");
        kept("Thread.currentThread().setUncaughtExceptionHandler((t, e) -> in.remove(\"a\")); return in;");
        kept("Runtime.getRuntime().addShutdownHook(null); return in;");
        kept("C.class.getClassLoader().clearAssertionStatus(); return in;");
        kept("Class.forName(\"C\").getMethod(\"main\", JsonObject.class).invoke(null, in); return in;");
        kept("new java.util.concurrent.ConcurrentHashMap<String, Object>().put(\"a\", in); return in;");
        kept("in.addProperty(\"n\", new java.util.concurrent.atomic.AtomicInteger()); return in;");
        kept("in.addProperty(\"n\", new N()); return in;", "static class N extends Number { public int intValue() { return 1; } "
                + "public long longValue() { return 1; } public float floatValue() { return 1; } public double doubleValue() { return 1; } }");
        kept("in.entrySet().parallelStream().forEach(e -> { }); return in;");
        kept("try { throw new OutOfMemoryError(); } catch (Throwable t) { t.addSuppressed(new X(in)); } return in;",
                "static class X extends RuntimeException { X(Object o) { } }");
        kept("Object o = Objects.requireNonNull(in); o.wait(1); return in;");
        kept("java.lang.invoke.MethodHandles.lookup(); return in;");
        kept("return in;", "native void n();");
        kept("return in;", "static Map<String, String> unused;");
        kept("return in;", "static class T extends Thread { }");
        kept("return in;", "interface I { List<Object> KEPT = new ArrayList<>(); }");
        kept("Consumer<JsonObject> c = X::keep; c.accept(in); return in;",
                "static class X { static void keep(JsonObject o) { new Vector<Object>().add(o); } }");
        kept("Supplier<Object> s = Thread::currentThread; s.get(); return in;");
    }

    /** The loader takes these from elsewhere, whatever the jar has. */
    @Test
    public void aClassWithTheNameOfTheHostsIsNotJudgedByTheCopyInTheJar() {
        String source = HEAD + "public class C { public static JsonObject main(JsonObject in) { "
                + "new Thread(() -> in.addProperty(\"late\", 1)).start(); return in; } }";
        for (String name : new String[] {"java/lang/Thread.class", "com/google/gson/Gson.class", "flock/boot/Guard.class"}) {
            Images images = Images.compiled(source);
            images.with(name, images.file("C.class"));
            assertEquals(name, Ownership.KEPT, images.image().ownership());
        }
    }
}
