package flock.shim.call;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertTrue;

import flock.boot.Gate;
import flock.shim.stream.SplitIn;
import flock.shim.stream.SplitOut;
import flock.shim.testing.TestHost;
import flock.shim.testing.TestHost.Answer;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.Test;

/** What the instrumented JDK does for functions: exit, environment, streams. Runs under the agent. */
public final class GateTest {
    private static final String EXIT_3 = "5 An error has occurred while invoking the action (see logs for details): "
            + "java.lang.SecurityException: System.exit(3) called from within an action.";

    private static PrintStream out;
    private static PrintStream err;
    private static InputStream in;

    @BeforeClass
    public static void split() {
        out = System.out;
        err = System.err;
        in = System.in;
        System.setOut(new SplitOut(Gate.STDOUT, out));
        System.setErr(new SplitOut(Gate.STDERR, err));
        System.setIn(new SplitIn(in));
    }

    @AfterClass
    public static void putBack() {
        System.setOut(out);
        System.setErr(err);
        System.setIn(in);
    }

    private static TestHost host(String body, String... members) {
        return CallTest.host(new String[] {"KEY", "value", "__OW_NAMESPACE", "guest"}, body, members);
    }

    private static void exits(String body, String... members) {
        try (TestHost host = host(body, members)) {
            assertEquals(EXIT_3, host.call("{\"exit\":1}").toString());
        }
    }

    private static void gives(String expected, String body, String... members) {
        try (TestHost host = host(body, members)) {
            for (int i = 0; i < 2; i++) {
                assertEquals("0 " + expected, host.call("{}").toString());
            }
        }
    }

    @Test
    public void exitEndsTheCall() {
        exits("System.exit(3); return in;");
        exits("Runtime.getRuntime().exit(3); return in;");
        exits("Runtime.getRuntime().halt(3); return in;");
        exits("try { System.exit(3); } finally { System.exit(4); } return in;");
        exits("try { System.exit(3); } catch (Throwable t) { } return in;");
        exits("try { System.exit(3); } catch (Throwable t) { throw new RuntimeException(t); } return in;");
        exits("try { System.exit(3); } catch (Throwable t) { return null; } return in;");
        exits("List.of(3).forEach(System::exit); return in;");
        exits("Class.forName(\"java.lang.System\").getMethod(\"exit\", int.class).invoke(null, 3); return in;");
    }

    @Test
    public void theNextCallIsNotTouched() {
        try (TestHost host = host("if (in.has(\"exit\")) System.exit(3); return in;")) {
            for (int i = 0; i < 20; i++) {
                assertEquals(EXIT_3, host.call("{\"exit\":1}").toString());
                assertEquals("0 {}", host.call("{}").toString());
            }
            assertTrue(host.thread(1).isAlive());
        }
    }

    @Test
    public void exitFromAnotherThreadEndsTheCall() {
        exits("Thread t = new Thread(() -> System.exit(3)); t.start(); t.join(); return in;");
        exits("new Thread(() -> System.exit(3)).start(); Thread.sleep(60000); return in;");
        exits("new Thread(new ThreadGroup(\"own\"), () -> System.exit(3)).start(); Thread.sleep(60000); return in;");
        exits("java.util.concurrent.CompletableFuture.runAsync(() -> System.exit(3)).handle((a, b) -> 1).join(); return in;");
        exits("List.of(1, 2, 3, 4, 5, 6, 7, 8).parallelStream().forEach(i -> { try { System.exit(3); } catch (Error e) "
                + "{ } }); return in;");
        exits("java.util.concurrent.ForkJoinPool.commonPool().submit(() -> Runtime.getRuntime().exit(3)).quietlyJoin(); "
                + "return in;");
        exits("var pool = java.util.concurrent.Executors.newSingleThreadExecutor(); pool.submit(() -> System.exit(3))"
                + "; Thread.sleep(60000); return in;");
    }

    @Test
    public void exitFromAVirtualThreadEndsTheCall() {
        if (Runtime.version().feature() >= 21) {
            exits("Object t = Thread.class.getMethod(\"startVirtualThread\", Runnable.class).invoke(null, (Runnable) () "
                    + "-> System.exit(3)); ((Thread) t).join(); return in;");
        }
    }

    @Test
    public void exitFromAStaticInitialiser() {
        try (TestHost host = host("return in;", "static { System.exit(3); }")) {
            assertEquals(EXIT_3, host.call("{}").toString());
            assertEquals(EXIT_3, host.call("{}").toString());
            assertEquals(EXIT_3, host.call(2, "{}").toString());
        }
        exits("return in;", "static { try { System.exit(3); } catch (Throwable t) { } }");
    }

    @Test
    public void anExitEndsOnlyTheCallsThatRun() throws Exception {
        try (TestHost host = host("if (in.has(\"late\")) { Thread t = new Thread(() -> { try { Thread.sleep(200); } catch ("
                + "InterruptedException e) { } System.exit(3); }); t.start(); } return in;")) {
            assertEquals("0 {\"late\":1}", host.call("{\"late\":1}").toString());
            Thread.sleep(500);
            assertEquals("0 {}", host.call("{}").toString());
            assertEquals(List.of(), host.log());
        }
    }

    @Test
    public void environmentIsTheFunclets() {
        String all = "{\"map\":{\"KEY\":\"value\",\"__OW_ACTIVATION_ID\":\"" + TestHost.ACTIVATION_ID
                + "\",\"__OW_DEADLINE\":\"" + TestHost.DEADLINE_EPOCH_MILLIS + "\",\"__OW_NAMESPACE\":\"guest\","
                + "\"__OW_TRANSACTION_ID\":\"" + TestHost.TRANSACTION_ID + "\"},\"path\":null,\"key\":\"value\"}";
        String body = "in.add(\"map\", new Gson().toJsonTree(new TreeMap<>(System.getenv()))); in.addProperty(\"path\", "
                + "System.getenv(\"PATH\")); in.addProperty(\"key\", System.getenv(\"KEY\")); ";
        assertNotNull(System.getenv("PATH"));
        gives(all, body + "return in;");
        gives(all, "Thread t = new Thread(() -> { " + body + " }); t.start(); t.join(); return in;");
        gives(all, "java.util.concurrent.CompletableFuture.runAsync(() -> { " + body + " }).join(); return in;");
    }

    @Test
    public void environmentCannotBeWritten() {
        gives("{\"r\":\"UnsupportedOperationException\"}", "try { System.getenv().put(\"a\", \"b\"); } catch (Exception e) "
                + "{ in.addProperty(\"r\", e.getClass().getSimpleName()); } return in;");
        gives("{\"r\":\"NullPointerException\"}", "try { System.getenv(null); } catch (Exception e) "
                + "{ in.addProperty(\"r\", e.getClass().getSimpleName()); } return in;");
    }

    @Test
    public void systemLoaderIsTheFunclets() {
        gives("{\"a\":true,\"b\":null,\"c\":true}", "in.addProperty(\"a\", ClassLoader.getSystemClassLoader() == "
                + "C.class.getClassLoader()); in.addProperty(\"b\", String.valueOf(ClassLoader.getSystemResource("
                + "\"flock/shim/Shim.class\")).equals(\"null\") ? null : \"seen\"); in.addProperty(\"c\", new ClassLoader() "
                + "{ }.getParent() == C.class.getClassLoader() && new java.net.URLClassLoader(new java.net.URL[0])"
                + ".getParent() == C.class.getClassLoader()); return in;");
        assertSame(GateTest.class.getClassLoader(), ClassLoader.getSystemClassLoader());
    }

    @Test
    public void outputGoesToTheLog() {
        try (TestHost host = host("System.out.println(\"o\u00fct\"); System.err.print(\"e\"); System.err.printf(\"%d%n\", 1); "
                + "System.out.print(\"not ended\"); System.out.close(); System.out.append(\" closed\"); return in;")) {
            host.call("{}");
            assertEquals(List.of("1:o\u00fct", "2:e1", "1:not ended closed"), host.log());
        }
    }

    @Test
    public void outputOfOtherThreadsGoesToTheLog() {
        try (TestHost host = host("Thread t = new Thread(() -> { System.out.println(\"child\"); "
                + "throw new IllegalStateException(\"gone\"); }, \"kid\"); t.start(); t.join(); List.of(1, 2, 3, 4)"
                + ".parallelStream().forEach(i -> System.out.println(\"par\")); Thread u = new Thread(() -> System.out"
                + ".print(\"half\")); u.start(); u.join(); return in;")) {
            host.call("{}");
            List<String> log = new ArrayList<>(host.log());
            assertTrue(log.toString(), log.containsAll(List.of("1:child", "1:half",
                    "2:Exception in thread \"kid\" java.lang.IllegalStateException: gone")));
            assertEquals(log.toString(), 4, log.stream().filter(line -> line.endsWith("par")).count());
        }
    }

    @Test
    public void printStackTraceGoesToTheLog() {
        try (TestHost host = host("new Exception(\"shown\").printStackTrace(); return in;")) {
            host.call("{}");
            assertEquals("2:java.lang.Exception: shown", host.log().get(0));
        }
    }

    @Test
    public void aHeldLockOnTheSharedStreamHoldsUpNoStackTrace() throws Exception {
        try (TestHost one = host("synchronized (System.err) { Thread.sleep(3000); } return in;");
                TestHost two = host("new Exception(\"shown\").printStackTrace(); System.err.println(\"on\"); return in;")) {
            one.send(1, "{}");
            Thread.sleep(200);
            assertEquals("0 {}", two.call("{}").toString());
            assertTrue(two.log().toString(), two.log().contains("2:java.lang.Exception: shown"));
            assertNull("the lock is no longer held", one.answerWithin(1, 1));
            one.answer(1);
        }
    }

    @Test
    public void aStreamOfItsOwnIsTheFuncletsOnly() {
        ByteArrayOutputStream seen = new ByteArrayOutputStream();
        PrintStream before = System.out;
        System.setOut(new SplitOut(Gate.STDOUT, new PrintStream(seen, true)));
        try (TestHost one = host("PrintStream old = System.out; ByteArrayOutputStream b = new ByteArrayOutputStream(); "
                + "System.setOut(new PrintStream(b)); System.out.print(\"caught\"); Thread t = new Thread(() -> System."
                + "out.print(\" both\")); t.start(); t.join(); System.setOut(old); System.out.println(\"after\"); "
                + "in.addProperty(\"b\", b.toString()); return in;");
                TestHost two = host("System.out.println(\"two\"); return in;")) {
            assertEquals("0 {\"b\":\"caught both\"}", one.call("{}").toString());
            two.call("{}");
            System.out.print("host");
            assertEquals(List.of("1:after"), one.log());
            assertEquals(List.of("1:two"), two.log());
            assertEquals("host", seen.toString());
        } finally {
            System.setOut(before);
        }
    }

    @Test
    public void aStreamAroundTheOldOneDoesNotCallItself() {
        try (TestHost host = host("if (!set) { set = true; System.setOut(new PrintStream(System.out, true) { public void "
                + "println(String s) { super.println(\"[\" + s + \"]\"); } }); System.setErr(System.out); } "
                + "System.out.println(\"a\"); Thread t = new Thread(() -> System.out.println(\"b\")); t.start(); t.join(); "
                + "System.err.println(\"c\"); return in;", "static boolean set;")) {
            host.call("{}");
            host.call("{}");
            assertEquals(List.of("1:[a]", "1:[b]", "1:[c]", "1:[a]", "1:[b]", "1:[c]"), host.log());
        }
    }

    @Test
    public void inputIsEmptyOrItsOwn() {
        gives("{\"a\":-1,\"b\":7,\"c\":-1,\"d\":-1}", "InputStream old = System.in; in.addProperty(\"a\", System.in.read()); "
                + "System.setIn(new ByteArrayInputStream(new byte[] {7})); in.addProperty(\"b\", System.in.read()); "
                + "System.setIn(new BufferedInputStream(old)); in.addProperty(\"c\", System.in.read()); System.setIn(old); "
                + "in.addProperty(\"d\", System.in.read(new byte[4])); return in;");
    }

    @Test
    public void threadsThatOutliveTheirFuncletGetNothing() throws Exception {
        TestHost host = host("thread = new Thread(() -> { boolean ended = false; while (!ended) { try { Thread.sleep(10); } "
                + "catch (InterruptedException e) { ended = true; } } try { Thread.sleep(300); } catch (InterruptedException e) { } "
                + "seen = System.getenv(); System.out.println(\"late\"); try { System.exit(1); } catch (Throwable t) { "
                + "thrown = t.toString(); } done = true; }); thread.start(); Thread.currentThread().getThreadGroup()"
                + ".list(); in.addProperty(\"ok\", 1); return in;", "static Thread thread; static volatile Map<String, "
                + "String> seen; static volatile String thrown; static volatile boolean done;");
        Answer answer = host.call("{}");
        assertEquals("0 {\"ok\":1}", answer.toString());
        ThreadGroup group = host.thread(1).getThreadGroup();
        Thread[] threads = new Thread[10];
        int count = group.enumerate(threads);
        Thread late = null;
        for (int i = 0; i < count; i++) {
            late = threads[i] == host.thread(1) ? late : threads[i];
        }
        Class<?> type = late.getContextClassLoader().loadClass("C");
        int lines = host.log().size();
        host.close();
        late.join(10_000);
        assertFalse(late.isAlive());
        assertEquals(lines, host.log().size());
        assertEquals("{}", field(type, "seen").toString());
        assertTrue(field(type, "thrown").toString().contains("System.exit(1)"));
    }

    private static Object field(Class<?> type, String name) throws Exception {
        java.lang.reflect.Field field = type.getDeclaredField(name);
        field.setAccessible(true);
        return field.get(null);
    }

    @Test
    public void anUnloadedFuncletIsCollected() throws Exception {
        java.lang.ref.WeakReference<Object> loader = ranAndClosed();
        for (int i = 0; i < 50 && loader.get() != null; i++) {
            System.gc();
            Thread.sleep(20);
        }
        assertNull("the loader is still reachable", loader.get());
    }

    private static java.lang.ref.WeakReference<Object> ranAndClosed() throws Exception {
        try (TestHost host = host("System.out.println(System.getenv()); new ThreadGroup(\"left over\"); new Thread(() -> { }); "
                + "Thread t = new Thread(() -> System.out.println(1)); t.start(); t.join(); local.set(new Object() { }); "
                + "keep = Thread.currentThread(); throw new Exception();",
                "static ThreadLocal<Object> local = new ThreadLocal<>(); static Thread keep;")) {
            host.call("{}");
            return new java.lang.ref.WeakReference<>(host.funclet().loader());
        }
    }
}
