package flock.shim.convention;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import flock.shim.testing.Images;
import flock.shim.testing.TestHost;
import flock.shim.testing.TestHost.Answer;
import org.junit.Test;

/** Lambda's convention over a real lane: handlers of each kind, the rules of beans, the context, errors and limits. */
public final class LambdaTest {
    private static final String IMPORTS = "import com.amazonaws.services.lambda.runtime.*; "
            + "import com.amazonaws.services.lambda.runtime.logging.*; import java.util.*; import java.io.*; import java.time.*; ";

    private static String source(String text) {
        return IMPORTS + text;
    }

    private static void answers(String main, String payload, int status, String expected, String source) {
        try (TestHost host = new TestHost(Images.compiled(source(source)).image(), main)) {
            Answer answer = host.call(payload);
            assertEquals(answer.text, status, answer.status);
            assertEquals(expected, answer.text);
        }
    }

    private static void fails(String main, String payload, int status, String part, String source) {
        try (TestHost host = new TestHost(Images.compiled(source(source)).image(), main)) {
            Answer answer = host.call(payload);
            assertEquals(answer.text, status, answer.status);
            assertTrue(answer.text, answer.text.contains(part));
        }
    }

    private static String handler(String in, String out, String body, String... more) {
        return "public class H implements RequestHandler<" + in + ", " + out + "> { public " + out + " handleRequest(" + in
                + " in, Context context) { " + body + " } " + String.join(" ", more) + " }";
    }

    @Test
    public void beansGoInAndOutBySettersAndGetters() {
        String bean = handler("H.In", "H.Out", "return new Out(in);",
                "public static class In { private String name; private int n; private List<Deep> deep; private Kind kind; public long open; "
                        + "String hidden = \"kept\"; public void setName(String v) { name = v; } public String getName() { return name; } "
                        + "public void setN(int v) { n = v; } void setDeep(List<Deep> v) { deep = v; } void setKind(Kind k) { kind = k; } } ",
                "public static class Deep { private double x; public void setX(double v) { x = v; } } ",
                "enum Kind { A, B } ",
                "public static class Out { private final In in; private String none; Out(In in) { this.in = in; } "
                        + "public String getGreeting() { return in.name + in.n + in.deep.get(1).x + in.kind + in.open + in.hidden; } "
                        + "public String getNone() { return none; } public boolean isGood() { return true; } public Kind getKind() { return in.kind; } }");
        answers("H", "{\"name\":\"x\",\"n\":\"7\",\"deep\":[{\"x\":1},{\"x\":2.5,\"y\":0}],\"kind\":\"B\",\"open\":3,\"hidden\":\"no\",\"more\":{}}", 0,
                "{\"greeting\":\"x72.5B3kept\",\"kind\":\"B\",\"good\":true}", bean);
        fails("H", "{\"deep\":[{\"x\":\"much\"}]}", 1, "the payload is no H$In: .deep[0].x: \\\"much\\\" is no double", bean);
        fails("H", "{\"n\":3000000000}", 1, ".n: 3000000000 is out of the range of int", bean);
        fails("H", "{\"open\":1e999999999}", 1, "is out of the range of long", bean);
        answers("H", "{\"kind\":\"C\",\"deep\":[{},{}]}", 0, "{\"greeting\":\"null00.0null0kept\",\"good\":true}", bean);
    }

    @Test
    public void mapsListsScalarsRecordsAndTimes() {
        answers("H", "{\"a\":1,\"b\":[1.5,null],\"c\":null}", 0, "{\"a\":1,\"b\":[1.5,null],\"type\":\"java.lang.Integer\"}",
                handler("Map<String, Object>", "Map<String, Object>", "in.put(\"type\", in.get(\"a\").getClass().getName()); return in;"));
        answers("H", "{\"value\":\"x\"}", 0, "{\"value\":\"x!\"}", handler("String", "String", "return in + \"!\";"));
        answers("H", "[1,2]", 2, "[2,4]", handler("List<Integer>", "List<Integer>", "in.replaceAll(n -> 2 * n); return in;"));
        answers("H", "{}", 0, "{}", handler("Object", "Void", "return null;"));
        answers("H", "{\"p\":{\"x\":1,\"y\":2}}", 0, "{\"p\":{\"x\":2,\"y\":1}}",
                handler("H.R", "H.R", "return new R(new P(in.p.y, in.p.x));", "record P(int x, int y) {} public record R(P p) {}"));
        answers("H", "{\"at\":\"2026-01-02T03:04:05.5Z\",\"day\":\"2026-01-02\",\"date\":1000,\"left\":\"PT1.5S\"}", 0,
                "{\"at\":1767323045.500000000,\"day\":[2026,1,2],\"date\":1000,\"left\":1.500000000}",
                handler("H.T", "H.T", "return in;", "public static class T { public Instant at; public LocalDate day; public Date date; public Duration left; }"));
        answers("G", "{\"value\":{\"n\":4}}", 0, "{\"n\":4}", "abstract class A<I, O> implements RequestHandler<I, O> { } "
                + "class B<T> { T value; public void setValue(T v) { value = v; } } class P { public int n; } "
                + "class G extends A<B<P>, P> { public P handleRequest(B<P> in, Context c) { return in.value; } }");
        fails("H", "{}", 1, "no member 'value'", handler("String", "String", "return in;"));
        answers("H", "{\"b\":\"aGk=\",\"o\":\"x\",\"m\":{\"1\":\"A\"}}", 0, "{\"b\":\"aGk=\",\"o\":\"x\",\"m\":{\"1\":\"A\"}}",
                handler("H.T", "H.T", "return in;", "enum K { A } public static class T { public byte[] b; public Optional<String> o; public Map<Integer, K> m; }"));
    }

    @Test
    public void streamsAndNamedMethods() {
        String stream = "public class S implements RequestStreamHandler { public void handleRequest(InputStream in, OutputStream out, Context c) "
                + "throws IOException { int b; while ((b = in.read()) >= 0) out.write(Character.toUpperCase(b)); } }";
        answers("S", "{\"a\":\"b\"}", 0, "{\"A\":\"B\"}", stream);
        fails("S", "{\"a\":null}", 1, "the output is no JSON", stream);
        String methods = "public class M { public String one(Map<String, Object> in, Context c) { return c.getAwsRequestId() + in; } "
                + "public String one(Map<String, Object> in) { return \"less\"; } public static int two() { return 2; } "
                + "public void three(InputStream in, OutputStream out) throws IOException { in.transferTo(out); } "
                + "public void four(Integer n) { } public int five(int a, int b) { return 0; } }";
        answers("M::one", "{\"a\":1}", 0, "{\"value\":\"" + TestHost.ACTIVATION_ID + "{a=1}\"}", methods);
        answers("M::two", "{}", 0, "{\"value\":2}", methods);
        answers("M::three", "[1]", 2, "[1]", methods);
        answers("M::four", "{\"value\":1}", 0, "{}", methods);
        fails("M::five", "{}", 4, "No public method named five with appropriate method signature found on class M", methods);
        fails("M::six", "{}", 4, "No public method named six", methods);
        fails("N::six", "{}", 4, "java.lang.ClassNotFoundException: N", methods);
        answers("H::handleRequest", "{\"value\":1}", 0, "{\"value\":2}", handler("Integer", "Integer", "return in + 1;"));
    }

    @Test
    public void theContextTellsTheCall() {
        String source = handler("Object", "Object", "context.getLogger().log(\"one\"); context.getLogger().log(\"two\\n\"); "
                + "LambdaRuntime.getLogger().log(\"three\", LogLevel.WARN); LambdaRuntimeInternal.setUseLog4jAppender(true); "
                + "return List.of(context.getFunctionName(), context.getFunctionVersion(), context.getInvokedFunctionArn(), context.getLogGroupName(), "
                + "context.getMemoryLimitInMB(), context.getRemainingTimeInMillis() > 0, String.valueOf(context.getIdentity()), "
                + "String.valueOf(context.getClientContext()), String.valueOf(context.getTenantId()), LambdaRuntimeInternal.getUseLog4jAppender());");
        try (TestHost host = new TestHost(Images.compiled(source(source)).image(), "H", "__OW_ACTION_NAME", "/guest/p/h",
                "__OW_ACTION_VERSION", "0.0.3", "__FLOCK_MEMORY_MB", "128")) {
            assertEquals("[\"h\",\"0.0.3\",\"arn:flock:lambda::guest:function:p/h\",\"/guest/p/h\",128,true,\"null\",\"null\",\"null\",false]",
                    host.call("{}").text);
        }
    }

    @Test
    public void errorsAreLambdasAndLeaveTheInstance() {
        String source = handler("Map<String, Object>", "Object", "n++; if (in.containsKey(\"fail\")) { throw new IllegalStateException(\"no \" + n); } return n;",
                "int n;");
        try (TestHost host = new TestHost(Images.compiled(source(source)).image(), "H")) {
            Answer failed = host.call("{\"fail\":1}");
            assertEquals(1, failed.status);
            assertTrue(failed.text, failed.text.startsWith("{\"error\":{\"errorMessage\":\"no 1\",\"errorType\":\"java.lang.IllegalStateException\","
                    + "\"stackTrace\":[\"H.handleRequest(H.java:1)\""));
            assertFalse(failed.text, failed.text.contains("flock."));
            assertTrue(host.log().toString(), host.log().get(0).startsWith("2:java.lang.IllegalStateException: no 1"));
            assertEquals("{\"value\":2}", host.call("{}").text);
        }
        fails("H", "{}", 1, "\"errorMessage\":\"java.lang.NullPointerException\"", handler("Object", "Object", "throw new NullPointerException();"));
        fails("H", "{}", 4, "the constructor of H threw java.lang.IllegalStateException: made",
                handler("Object", "Object", "return null;", "public H() { throw new IllegalStateException(\"made\"); }"));
    }

    @Test
    public void resultsAreBoundedAndTheHostsClassesStayClosed() {
        fails("H", "{}", 1, "nested deeper than 512", handler("Object", "Object", "List<Object> l = new ArrayList<>(); l.add(l); return l;"));
        String wide = handler("Object", "Object", "List<Object> l = List.of(1); for (int i = 0; i < 60; i++) l = List.of(l, l); return l;");
        fails("H", "{}", 1, "more than 1048576 values", wide);
        fails("H", "{}", 1, "values of type java.lang.Thread are not written as JSON", handler("Object", "Object", "return new Thread();"));
        fails("H", "{\"t\":{}}", 1, "values of type java.lang.ProcessBuilder are not read from JSON",
                handler("H.T", "Object", "return null;", "public static class T { public ProcessBuilder t; }"));
        answers("H", "{}", 0, "{\"fixed\":\"no\"}", handler("Object", "Object", "return new T();",
                "public static class T extends Thread { public String getFixed() { return \"no\"; } }"));
        fails("S", "{}", 1, "the output has more than the 1048576 bytes", "public class S implements RequestStreamHandler { "
                + "public void handleRequest(InputStream in, OutputStream out, Context c) throws IOException { "
                + "byte[] b = new byte[1024]; for (int i = 0; i < 2000; i++) out.write(b); } }");
        // The context's class is the function's own, so libraries may look into it; the logger leads nowhere.
        answers("H", "{}", 0, "{\"value\":\"true null\"}", handler("Object", "Object", "return (context.getClass().getClassLoader() == H.class.getClassLoader()) "
                + "+ \" \" + context.getLogger().getClass().getClassLoader();"));
        answers("H", "{}", 0, "{\"memoryLimit\":0,\"awsRequestId\":\"" + TestHost.ACTIVATION_ID + "\",\"logGroupName\":\"\",\"logStreamName\":\""
                + TestHost.ACTIVATION_ID + "\",\"functionName\":\"\",\"functionVersion\":\"\",\"invokedFunctionArn\":\"arn:flock:lambda:::function:\","
                + "\"deadlineTimeInMs\":" + TestHost.DEADLINE_EPOCH_MILLIS + "}", handler("Object", "Object",
                "return com.google.gson.JsonParser.parseString(new com.google.gson.GsonBuilder().setPrettyPrinting().create().toJson(context));"));
        fails("H", "{}", 1, "InaccessibleObjectException", handler("Object", "Object", "try { "
                + "LambdaRuntime.class.getDeclaredConstructor().setAccessible(true); } catch (NoSuchMethodException e) { } return null;"));
    }

    @Test
    public void aJarsOwnCopyOfTheTypesDoesNotCount() {
        Images images = Images.compiled(source(handler("String", "String", "return in + RequestHandler.class.getClassLoader();")));
        images.with("com/amazonaws/services/lambda/runtime/RequestHandler.class", "not even a class");
        try (TestHost host = new TestHost(images.image(), "H")) {
            assertEquals("{\"value\":\"xnull\"}", host.call("{\"value\":\"x\"}").text);
        }
    }

    @Test
    public void aSerializerOfTheFunctionsOwnIsUsed() {
        String serializer = "public class O implements CustomPojoSerializer { "
                + "public <T> T fromJson(InputStream in, java.lang.reflect.Type t) { try { return fromJson(new String(in.readAllBytes()), t); } "
                + "catch (IOException e) { throw new UncheckedIOException(e); } } "
                + "@SuppressWarnings(\"unchecked\") public <T> T fromJson(String in, java.lang.reflect.Type t) { return (T) (\"own \" + in); } "
                + "public <T> void toJson(T v, OutputStream out, java.lang.reflect.Type t) { new PrintStream(out, true).print(\"{\\\"own\\\":\\\"\" + v + \"\\\"}\"); } }";
        Images images = Images.compiled(source(handler("String", "String", "return in;")), source(serializer))
                .with("META-INF/services/com.amazonaws.services.lambda.runtime.CustomPojoSerializer", "O\n");
        try (TestHost host = new TestHost(images.image(), "H")) {
            assertEquals("{\"own\":\"own 1\"}", host.call("{\"value\":1}").text);
        }
    }

    /** As the library's events for stores of files are: final fields, a constructor with all of them, names in other case. */
    @Test
    public void eventsNeedNeitherSettersNorAConstructor() {
        String event = "package com.amazonaws.services.lambda.runtime.events; public class Put { public static class One { "
                + "private final String key; private final java.time.Instant at; One(String key, String at) { throw new AssertionError(); } "
                + "public String getKey() { return key; } public java.time.Instant getAt() { return at; } } "
                + "private final java.util.List<One> records; public Put(java.util.List<One> records) { this.records = records; } "
                + "public java.util.List<One> getRecords() { return records; } }";
        Images images = Images.compiled(event, source("public class H implements RequestHandler<com.amazonaws.services.lambda.runtime.events.Put, String> { "
                + "public String handleRequest(com.amazonaws.services.lambda.runtime.events.Put in, Context c) { "
                + "var one = in.getRecords().get(0); return one.getKey() + one.getAt(); } }"));
        try (TestHost host = new TestHost(images.image(), "H")) {
            assertEquals("{\"value\":\"a2026-01-02T00:00:00Z\"}", host.call("{\"Records\":[{\"key\":\"a\",\"AT\":\"2026-01-02\"}]}").text);
        }
    }

    @Test
    public void aMainOfOpenWhisksGoesBefore() {
        answers("H", "{}", 0, "{\"by\":\"main\"}", handler("Object", "Object", "return 1;",
                "public static com.google.gson.JsonObject main(com.google.gson.JsonObject in) { in.addProperty(\"by\", \"main\"); return in; }"));
    }
}
