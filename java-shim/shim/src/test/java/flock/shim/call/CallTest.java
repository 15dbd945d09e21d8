package flock.shim.call;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import flock.boot.Stop;
import flock.shim.testing.Images;
import flock.shim.testing.TestHost;
import flock.shim.testing.TestHost.Answer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.Test;

/** A call over a real lane: what comes out of results, errors and large payloads. */
public final class CallTest {
    private static final String INVOKING =
            "An error has occurred while invoking the action (see logs for details): ";

    /** A host with one function C.main(JsonObject in) with this body. */
    static TestHost host(String body, String... members) {
        return host(new String[0], body, members);
    }

    public static TestHost host(String[] env, String body, String... members) {
        String source = "import com.google.gson.*; import java.util.*; import java.io.*; public class C { "
                + String.join(" ", members) + " public static JsonObject main(JsonObject in) throws Throwable { "
                + body + " } }";
        return new TestHost(Images.compiled(source).image(), "C", env);
    }

    private static Answer call(String payload, String body, String... members) {
        try (TestHost host = host(body, members)) {
            return host.call(payload);
        }
    }

    private static void developerError(String expected, String body, String... members) {
        assertEquals("3 " + expected, call("{}", body, members).toString());
    }

    @Test
    public void callsOneAfterAnother() {
        try (TestHost host = host("in.addProperty(\"n\", ++n); return in;", "static int n;")) {
            for (int i = 1; i <= 1000; i++) {
                Answer answer = host.call("{\"a\":\"\u00fc\u20ac\ud83d\ude00\"}");
                assertEquals("0 {\"a\":\"\u00fc\u20ac\ud83d\ude00\",\"n\":" + i + "}", answer.toString());
                assertEquals(i == 1, answer.initMicros >= 0);
                assertEquals(answer.text.getBytes(StandardCharsets.UTF_8).length, answer.totalBytes);
            }
            assertEquals(List.of(), host.log());
        }
    }

    @Test
    public void topLevelErrorIsAnApplicationError() {
        assertEquals("1 {\"error\":\"x\"}", call("{\"error\":\"x\"}", "return in;").toString());
        assertEquals("0 {\"a\":{\"error\":1}}", call("{\"a\":{\"error\":1}}", "return in;").toString());
    }

    @Test
    public void resultsThatAreNone() {
        developerError("The action returned null", "return null;");
        developerError(INVOKING + "the result cannot be written as JSON: it contains the number NaN, "
                + "which JSON cannot express", "in.addProperty(\"x\", 0.0 / 0); return in;");
        developerError(INVOKING + "the result cannot be written as JSON: it contains the number -Infinity, "
                + "which JSON cannot express", "in.addProperty(\"x\", -1f / 0); return in;");
        developerError(INVOKING + "the result cannot be written as JSON: it is nested deeper than 512 levels",
                "in.add(\"self\", in); return in;");
        developerError(INVOKING + "the result cannot be written as JSON: it contains a C$1, which is no JSON type",
                "in.add(\"x\", new JsonElement() { public JsonElement deepCopy() { return this; } }); return in;");
        developerError(INVOKING + "java.lang.IllegalStateException: odd",
                "in.add(\"x\", new JsonPrimitive(new AbstractNumber())); return in;",
                "static class AbstractNumber extends Number { public int intValue() { return 1; } public long "
                + "longValue() { return 1; } public float floatValue() { return 1; } public double doubleValue() { "
                + "return 1; } public String toString() { throw new IllegalStateException(\"odd\"); } }");
    }

    @Test
    public void exceptionsGiveTheirTextAndTheirStack() {
        try (TestHost host = host("return f(in);", "static JsonObject f(JsonObject in) { try { return g(in); } catch ("
                + "RuntimeException e) { IllegalStateException x = new IllegalStateException(\"outer \u00fc\", e); "
                + "x.addSuppressed(new Error(\"beside\")); throw x; } }",
                "static JsonObject g(JsonObject in) { throw new IllegalArgumentException(\"inner\"); }")) {
            Answer answer = host.call("{}");
            assertEquals("3 " + INVOKING + "java.lang.IllegalStateException: outer \u00fc", answer.toString());
            String log = String.join("\n", host.log());
            assertEquals(log, "2:java.lang.IllegalStateException: outer \u00fc", host.log().get(0));
            assertTrue(log, log.contains("2:\tat C.f(C.java:1)\n2:\tat C.main(C.java:1)\n2:\tSuppressed: java.lang.Error: beside"));
            assertTrue(log, log.contains("2:Caused by: java.lang.IllegalArgumentException: inner\n2:\tat C.g(C.java:1)"));
            assertFalse(log, log.contains("flock") || log.contains("java.lang.invoke") || log.contains("reflect"));
            assertEquals(answer.toString(), host.call("{}").toString());
        }
    }

    @Test
    public void framesAboveAPrintStay() {
        try (TestHost host = host("System.out.println(new Object() { public String toString() { throw new "
                + "IllegalStateException(\"in print\"); } }); return in;")) {
            assertEquals("3 " + INVOKING + "java.lang.IllegalStateException: in print", host.call("{}").toString());
            String log = String.join("\n", host.log());
            assertTrue(log, log.contains("\tat C$1.toString") && log.contains("\tat C.main("));
        }
    }

    @Test
    public void errorsOfTheMachine() {
        try (TestHost host = host("return in.has(\"x\") ? in : f(0);",
                "static JsonObject f(int i) { JsonObject o = f(i + 1); o.addProperty(\"i\", i); return o; }")) {
            assertEquals("3 " + INVOKING + "java.lang.StackOverflowError", host.call("{}").toString());
            assertTrue(host.log().size() < 300);
            assertEquals("0 {\"x\":1}", host.call("{\"x\":1}").toString());
        }
        try (TestHost host = host("if (in.has(\"x\")) return in; List<long[]> all = new ArrayList<>(); for (;;) "
                + "all.add(new long[1000000]);")) {
            Answer answer = host.call("{}");
            assertEquals("3 " + INVOKING + "java.lang.OutOfMemoryError: Java heap space", answer.toString());
            assertEquals("0 {\"x\":1}", host.call("{\"x\":1}").toString());
        }
    }

    @Test
    public void throwablesThatThrow() {
        String evil = "static class Evil extends RuntimeException { public String toString() { throw this; } public "
                + "String getMessage() { throw this; } public StackTraceElement[] getStackTrace() { throw this; } "
                + "public Throwable getCause() { throw this; } public void printStackTrace(PrintStream s) { throw this; } }";
        developerError(INVOKING + "C$Evil", "throw new Evil();", evil);
        developerError(INVOKING + "C$Mute", "throw new Mute();",
                "static class Mute extends RuntimeException { public String toString() { return null; } public "
                + "StackTraceElement[] getStackTrace() { return null; } }");
        developerError(INVOKING + "C$Deep", "throw new Deep();",
                "static class Deep extends RuntimeException { public String toString() { return toString(); } }");
        Answer loop = call("{}", "Exception a = new Exception(\"a\"), b = new Exception(\"b\", a); a.initCause(b); throw a;");
        assertEquals("3 " + INVOKING + "java.lang.Exception: a", loop.toString());
        Answer longText = call("{}", "throw new Exception(\"\u20ac\".repeat(100000));");
        assertEquals(3, longText.status);
        assertTrue(longText.totalBytes <= 16 * 1024 && longText.totalBytes > 16 * 1024 - 3);
        assertFalse(longText.text.contains("\ufffd"));
        Answer chain = call("{}", "Exception e = null; for (int i = 0; i < 100000; i++) e = new Exception(\"e\" + i, e); throw e;");
        assertEquals("3 " + INVOKING + "java.lang.Exception: e99999", chain.toString());
    }

    @Test
    public void largePayloadsAndResults() {
        try (TestHost host = host("return in;").limit(4 * 1024 * 1024)) {
            for (int size : new int[] {10, 60_000, 65_536, 70_000, 300_000, 1_100_000, 3_000_000, 5}) {
                String payload = "{\"x\":\"" + "y".repeat(size) + "\"}";
                Answer answer = host.call(payload);
                assertEquals(0, answer.status);
                assertEquals(payload, answer.text);
            }
        }
        try (TestHost host = host("in.addProperty(\"x\", \"\u00fc\".repeat(3000000)); return in;")) {
            Answer answer = host.call("{}");
            assertEquals(0, answer.status);
            assertEquals(8 + 6_000_000, answer.totalBytes);
            int length = answer.text.getBytes(StandardCharsets.UTF_8).length;
            assertTrue("" + length, length <= 1024 * 1024 && length > 1024 * 1024 - 2);
            assertTrue(host.largestBuffer <= 1024 * 1024);
        }
    }

    @Test
    public void payloadThatIsNoJsonIsAnErrorAndNoMore() {
        try (TestHost host = host("return in;")) {
            for (String payload : new String[] {"", "{", "[".repeat(100_000), "{\"a\":01}", "1", "\"x\""}) {
                assertEquals(payload, 3, host.call(payload).status);
            }
            assertEquals("0 {}", host.call("{}").toString());
        }
    }

    @Test
    public void contextLoaderInTheLaneAndItsThreads() {
        try (TestHost host = host("boolean was = Thread.currentThread().getContextClassLoader() == C.class."
                + "getClassLoader(); Thread t = new Thread(() -> child = Thread.currentThread()."
                + "getContextClassLoader() == C.class.getClassLoader()); t.start(); t.join(); Thread.currentThread()."
                + "setContextClassLoader(null); Thread.currentThread().interrupt(); in.addProperty(\"lane\", was); "
                + "in.addProperty(\"child\", child); in.addProperty(\"name\", Class.forName(\"C\", true, null == null ? "
                + "C.class.getClassLoader() : null).getName()); return in;", "static volatile boolean child;")) {
            for (int i = 0; i < 3; i++) {
                assertEquals("0 {\"lane\":true,\"child\":true,\"name\":\"C\"}", host.call("{}").toString());
            }
        }
    }

    @Test
    public void lanesOfAFuncletShareStaticsAndInitialiseOnce() throws Exception {
        try (TestHost host = host("synchronized (C.class) { in.addProperty(\"n\", n++); } return in;", "static int n; "
                + "static { try { Thread.sleep(300); } catch (InterruptedException e) { } }")) {
            for (int lane = 1; lane <= 4; lane++) {
                host.send(lane, "{}");
            }
            List<String> results = new ArrayList<>();
            int initialised = 0;
            for (int lane = 1; lane <= 4; lane++) {
                Answer answer = host.answer(lane);
                results.add(answer.text);
                initialised += answer.initMicros >= 0 ? 1 : 0;
            }
            results.sort(null);
            assertEquals(List.of("{\"n\":0}", "{\"n\":1}", "{\"n\":2}", "{\"n\":3}"), results);
            assertEquals(1, initialised);
        }
    }

    @Test
    public void aStopEndsTheLaneWithoutAnAnswer() throws Exception {
        try (TestHost host = host("if (in.has(\"stop\")) new Thread().start(); return in;")) {
            host.stopsThreads = true;
            assertEquals("0 {}", host.call("{}").toString());
            host.send(1, "{\"stop\":1}");
            host.thread(1).join(10_000);
            assertFalse(host.thread(1).isAlive());
            assertNull(host.answerWithin(1, 50));
            assertEquals(List.of(), host.log());
            assertEquals("0 {}", host.call(2, "{}").toString());
        }
    }

    @Test
    public void aStopWhileInitialisingFailsTheOthers() throws Exception {
        try (TestHost host = host("return in;", "static { try { Thread.sleep(200); new Thread().start(); } "
                + "catch (InterruptedException e) { throw new RuntimeException(e); } }")) {
            host.stopsThreads = true;
            host.send(1, "{}");
            Thread.sleep(50);
            host.send(2, "{}");
            Answer answer = host.answer(2);
            assertEquals(4, answer.status);
            assertTrue(answer.text, answer.text.endsWith("the initialization was stopped"));
            host.thread(1).join(10_000);
            assertFalse(host.thread(1).isAlive());
        }
    }

    @Test
    public void stopIsAnErrorWithoutAStack() {
        assertEquals(0, new Stop().getStackTrace().length);
    }

    @Test
    public void runOfALaneDoesNothingForAFunction() {
        assertEquals("0 {}", call("{}", "Thread.currentThread().run(); return in;").toString());
    }
}
