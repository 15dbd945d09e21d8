package flock.shim.convention;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import flock.shim.testing.Images;
import flock.shim.testing.TestHost;
import flock.shim.testing.TestHost.Answer;
import org.junit.Test;

/** The conventions beside OpenWhisk's, over a real lane: good ways, payloads that do not fit, classes that cannot be made. */
public final class ConventionsTest {
    private static final String IMPORTS = "import com.google.gson.*; import java.util.*; import java.util.function.*; ";

    private static void answers(String main, String payload, int status, String expected, String source) {
        try (TestHost host = new TestHost(Images.compiled(IMPORTS + source).image(), main)) {
            Answer answer = host.call(payload);
            assertEquals(answer.text, status, answer.status);
            assertEquals(expected, answer.text);
        }
    }

    private static void fails(String main, String payload, int status, String part, String source) {
        try (TestHost host = new TestHost(Images.compiled(IMPORTS + source).image(), main)) {
            Answer answer = host.call(payload);
            assertEquals(answer.text, status, answer.status);
            assertTrue(answer.text, answer.text.contains(part));
        }
    }

    private static String function(String from, String to, String body) {
        return "public class F implements Function<" + from + ", " + to + "> { public " + to + " apply(" + from
                + " in) { " + body + " } }";
    }

    @Test
    public void functionsTakeMapsBeansAndTrees() {
        String map = function("Map<String, Object>", "Map<String, Object>", "in.put(\"n\", in.get(\"a\")); return in;");
        answers("F", "{\"a\":1,\"b\":null,\"c\":1.5}", 0, "{\"a\":1,\"b\":null,\"c\":1.5,\"n\":1}", map);
        String bean = "public class F implements Function<F.In, F.Out> { "
                + "static class In { String name; int[] list; Deep deep; } static class Deep { long n; } "
                + "static class Out { String greeting; Object none; Out(String g) { greeting = g; } } "
                + "public Out apply(In in) { return new Out(in.name + in.list.length + in.deep.n); } }";
        answers("F", "{\"name\":\"x\",\"list\":[1,2],\"deep\":{\"n\":7},\"more\":0}", 0,
                "{\"greeting\":\"x27\",\"none\":null}", bean);
        answers("F", "{\"a\":1}", 0, "{\"a\":1}", function("JsonObject", "JsonObject", "return in;"));
        answers("F", "{\"a\":1}", 0, "{\"a\":1}", function("Object", "Object", "return in;"));
    }

    @Test
    public void scalarsStandInABoxAndListsAreArrays() {
        answers("F", "{\"value\":\"x\"}", 0, "{\"value\":\"x!\"}", function("String", "String", "return in + \"!\";"));
        answers("F", "{\"value\":20}", 0, "{\"value\":41}", function("Integer", "Long", "return 2L * in + 1;"));
        answers("F", "{\"value\":true}", 0, "{\"value\":false}", function("Boolean", "Boolean", "return !in;"));
        answers("F", "[1,2]", 2, "[1,2,3]", function("List<Integer>", "List<Integer>", "in.add(3); return in;"));
        answers("F", "{\"value\":[1]}", 2, "[1]", function("List<Integer>", "List<Integer>", "return in;"));
        answers("F", "{\"value\":\"x\"}", 0, "{}", function("String", "String", "return null;"));
        fails("F", "{}", 3, "the payload has no member 'value'", function("String", "String", "return in;"));
        fails("F", "{\"value\":\"x\"}", 3, "the payload is no java.lang.Integer",
                function("Integer", "Integer", "return in;"));
        fails("F", "[1]", 3, "the payload is no java.util.Map",
                function("Map<String, Object>", "Object", "return in;"));
    }

    @Test
    public void consumersSuppliersAndWhatIsInherited() {
        answers("C", "{\"a\":1}", 0, "{}", "public class C implements Consumer<Map<String, Object>> { "
                + "public void accept(Map<String, Object> in) { System.out.println(in); } }");
        answers("S", "{\"a\":1}", 0, "{\"n\":1}", "public class S implements Supplier<Map<String, Integer>> { int n; "
                + "public Map<String, Integer> get() { return Map.of(\"n\", ++n); } }");
        answers("B", "{\"value\":\"x\"}", 0, "{\"value\":1}", "class A<X, Y> { } interface G<T> extends Function<T, Integer> { } "
                + "abstract class H extends A<Long, Long> implements G<String> { } "
                + "class B extends H { public Integer apply(String in) { return in.length(); } }");
        answers("U", "{\"operator\":1}", 0, "{\"operator\":1}", "public class U implements UnaryOperator<Map<String, Object>> { "
                + "public Map<String, Object> apply(Map<String, Object> in) { return in; } }");
        // One object serves all calls; a main of OpenWhisk's goes before.
        String counts = "public class N implements Supplier<Integer> { int n; public Integer get() { return ++n; } }";
        try (TestHost host = new TestHost(Images.compiled(IMPORTS + counts).image(), "N")) {
            assertEquals("{\"value\":1}", host.call("{}").text);
            assertEquals("{\"value\":2}", host.call("{}").text);
        }
        answers("M", "{}", 0, "{\"by\":\"main\"}", "public class M implements Supplier<Integer> { public Integer get() { return 1; } "
                + "public static JsonObject main(JsonObject in) { in.addProperty(\"by\", \"main\"); return in; } }");
    }

    @Test
    public void mapsGoToMainAndHandler() {
        String body = "(Map<String, Object> in) { Map<String, Object> out = new HashMap<>(in); out.put(\"n\", 1); return out; } ";
        answers("C", "{}", 0, "{\"n\":1}", "public class C { public static Map<String, Object> main" + body + "}");
        answers("C", "{}", 0, "{\"n\":1}", "class C { public static Map<String, Object> handler" + body + "}");
        answers("C", "{}", 0, "{\"n\":1}", "public class C { public Map<String, Object> handler" + body + "}");
        answers("C#go", "{}", 0, "{\"n\":1}", "public class C { public static Map<String, Object> go" + body + "}");
        answers("C", "{\"error\":\"x\"}", 1, "{\"error\":\"x\"}", "public class C { public static HashMap<String, Object> main"
                + "(Map<String, Object> in) { return new HashMap<>(in); } }");
        fails("C", "{}", 4, "has no method main", "public class C { public static Map<String, Object> run" + body + "}");
    }

    @Test
    public void whatCannotBeMadeSaysWhy() {
        fails("F", "{}", 4, "F is abstract", "public abstract class F implements Supplier<Integer> { }");
        fails("F", "{}", 4, "F has no constructor without parameters",
                "public class F implements Supplier<Integer> { F(int n) { } public Integer get() { return 1; } }");
        fails("F", "{}", 4, "the constructor of F threw java.lang.IllegalStateException: no",
                "public class F implements Supplier<Integer> { F() { throw new IllegalStateException(\"no\"); } "
                        + "public Integer get() { return 1; } }");
        fails("F", "{}", 3, "java.lang.IllegalStateException: later",
                "public class F implements Supplier<Integer> { public Integer get() { throw new IllegalStateException(\"later\"); } }");
    }
}
