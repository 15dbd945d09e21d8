package flock.shim.gate;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertTrue;

import flock.boot.Group;
import flock.shim.call.CallTest;
import flock.shim.testing.TestHost;
import java.util.concurrent.ForkJoinPool;
import org.junit.Test;

/** Threads of functions are known before they run, and no pool that all share runs their work. */
public final class ThreadsTest {
    private static final boolean HAS_VIRTUAL_THREADS = Runtime.version().feature() >= 21;

    private static TestHost host(String body, String... members) {
        return CallTest.host(new String[0], body, members);
    }

    private static String call(TestHost host) {
        return host.call("{}").toString();
    }

    @Test
    public void startedThreadsAreAnnounced() {
        try (TestHost host = host("Thread a = new Thread(() -> { }, \"a\"); a.start(); a.join(); Thread b = new Thread(new "
                + "ThreadGroup(\"own\"), () -> { Thread c = new Thread(() -> { }, \"c\"); c.start(); try { c.join(); } catch ("
                + "InterruptedException e) { } }, \"b\"); b.start(); b.join(); Timer t = new Timer(\"timer\"); t.cancel(); "
                + "return in;")) {
            assertEquals("0 {}", call(host));
            assertEquals("[a, b, c, timer]", names(host));
        }
    }

    private static String names(TestHost host) {
        StringBuilder names = new StringBuilder();
        for (Thread thread : host.threads) {
            names.append(names.length() == 0 ? "" : ", ").append(thread.getName());
        }
        return "[" + names + "]";
    }

    @Test
    public void theLimitIsAnErrorThatNamesIt() {
        String start = "new Thread(() -> { }).start();";
        String[] others = {start, "java.util.concurrent.Executors.newCachedThreadPool().submit(() -> 1);",
            "java.util.concurrent.CompletableFuture.runAsync(() -> { });", "new Timer();"};
        for (String body : others) {
            try (TestHost host = host("try { " + body + " } catch (OutOfMemoryError e) { in.addProperty(\"e\", e.getMessage()); } "
                    + "return in;")) {
                host.threadsLimit = 0;
                assertEquals(body, "0 {\"e\":\"unable to create native thread: the limit of 0 threads of the action is "
                        + "reached\"}", call(host));
            }
        }
    }

    @Test
    public void virtualThreadsAreAnnounced() {
        if (HAS_VIRTUAL_THREADS && System.getProperty("flock.test.bound") != null) {
            try (TestHost host = host("Thread t = (Thread) Thread.class.getMethod(\"startVirtualThread\", Runnable.class).invoke("
                    + "null, (Runnable) () -> { Thread u = new Thread(() -> { }, \"u\"); u.start(); }); t.join(); return in;")) {
                assertEquals("0 {}", call(host));
                assertEquals(names(host), 2, host.threads.size());
            }
        }
    }

    private static final String WHERE = "static String group() { ThreadGroup g = Thread.currentThread().getThreadGroup(); "
            + "return g == null ? null : g.getName(); }";

    @Test
    public void sharedPoolsAreOnesOwn() throws Exception {
        String[] works = {
            "java.util.concurrent.CompletableFuture.supplyAsync(() -> group()).get()",
            "java.util.concurrent.CompletableFuture.completedFuture(1).thenApplyAsync(i -> group()).get()",
            "new java.util.concurrent.CompletableFuture<String>().completeAsync(() -> group()).get()",
            "java.util.concurrent.ForkJoinPool.commonPool().submit(() -> group()).get()",
            "java.util.concurrent.ForkJoinTask.adapt(() -> group()).fork().join()",
            "new java.util.concurrent.CompletableFuture<String>().completeOnTimeout(\"x\", 5, java.util.concurrent.TimeUnit."
                    + "MILLISECONDS).thenApply(x -> group()).get()",
            "new java.util.concurrent.CompletableFuture<String>().orTimeout(50, java.util.concurrent.TimeUnit.MILLISECONDS)"
                    + ".handle((x, e) -> group() + (e instanceof java.util.concurrent.TimeoutException ? \"\" : e)).get()",
            "java.util.concurrent.CompletableFuture.supplyAsync(() -> group(), java.util.concurrent.CompletableFuture."
                    + "delayedExecutor(5, java.util.concurrent.TimeUnit.MILLISECONDS)).get()",
            "publish()",
        };
        String publish = "static String publish() throws Exception { var done = new java.util.concurrent.CompletableFuture<String>"
                + "(); try (var p = new java.util.concurrent.SubmissionPublisher<Integer>()) { p.consume(i -> done.complete("
                + "group())); p.submit(1); return done.get(); } }";
        for (String work : works) {
            try (TestHost host = host("in.addProperty(\"g\", " + work + "); return in;", WHERE, publish)) {
                assertEquals(work, "0 {\"g\":\"funclet-42\"}", call(host));
                assertFalse(work, host.threads.isEmpty());
                for (Thread thread : host.threads) {
                    assertTrue(thread.isDaemon());
                }
            }
        }
    }

    @Test
    public void parallelStreamsRunOnOnesOwnThreads() {
        try (TestHost host = host("Set<String> groups = java.util.concurrent.ConcurrentHashMap.newKeySet(); long sum = java.util"
                + ".stream.LongStream.range(0, 100000).parallel().map(i -> { groups.add(group()); return i; }).sum(); int[] a = new "
                + "int[100000]; for (int i = 0; i < a.length; i++) a[i] = -i; Arrays.parallelSort(a); in.addProperty(\"r\", "
                + "sum + \" \" + groups + \" \" + a[0]); return in;", WHERE)) {
            assertEquals("0 {\"r\":\"4999950000 [funclet-42] -99999\"}", call(host));
        }
    }

    @Test
    public void hostThreadsKeepTheSharedPool() throws Exception {
        assertSame(ForkJoinPool.commonPool(), ForkJoinPool.commonPool());
        assertNull(java.util.concurrent.CompletableFuture.supplyAsync(() -> owner(Thread.currentThread().getThreadGroup())).get());
    }

    private static Group owner(ThreadGroup group) {
        for (ThreadGroup at = group; at != null; at = at.getParent()) {
            if (at instanceof Group) {
                return (Group) at;
            }
        }
        return null;
    }

    /** Those that wait for something are stopped by the host before it closes the funclet. */
    @Test
    public void idleWorkersOfPoolsEndByThemselves() throws Exception {
        TestHost host = host("java.util.concurrent.CompletableFuture.runAsync(() -> { }).join(); return in;");
        assertEquals("0 {}", call(host));
        host.close();
        assertFalse(host.threads.isEmpty());
        for (Thread thread : host.threads) {
            thread.join(10_000);
            assertFalse(thread.toString(), thread.isAlive());
        }
    }

    @Test
    public void cleanersRunOnOnesOwnThread() {
        try (TestHost host = host("var c = java.lang.ref.Cleaner.create(); c.register(new Object(), () -> group = group()); for (int i "
                + "= 0; i < 100 && group == null; i++) { churn(); Thread.sleep(10); } in.addProperty(\"g\", group); return in;",
                "static volatile String group; static void churn() { for (int i = 0; i < 100; i++) { byte[] b = new byte[1 << 20]; } }",
                WHERE)) {
            String answer = call(host);
            for (int i = 0; i < 20 && answer.contains("null"); i++) {
                System.gc();
                answer = call(host);
            }
            assertEquals("0 {\"g\":\"funclet-42\"}", answer);
        }
    }

    @Test
    public void theDefaultHandlerIsTheFuncletsOwn() throws Exception {
        try (TestHost one = host("Thread.setDefaultUncaughtExceptionHandler((t, e) -> seen = e.getMessage()); Thread t = new Thread("
                + "() -> { throw new IllegalStateException(\"x\"); }); t.start(); t.join(); in.addProperty(\"s\", seen); return in;",
                "static volatile String seen;");
                TestHost two = host("in.addProperty(\"n\", Thread.getDefaultUncaughtExceptionHandler() == null); return in;")) {
            assertEquals("0 {\"s\":\"x\"}", call(one));
            assertEquals("0 {\"n\":true}", call(two));
            assertNull(Thread.getDefaultUncaughtExceptionHandler());
        }
    }

    /** Each of these starts a successor or spins where a stopped thread ends; nothing of it lives on. */
    @Test
    public void aCondemnedFuncletStartsNoThreadAndRunsNoHandler() throws Exception {
        String[] bodies = {
            "Thread t = new Thread(() -> fail(0)); t.setUncaughtExceptionHandler((u, e) -> { again(); }); t.start();",
            "var pool = java.util.concurrent.Executors.newFixedThreadPool(2); for (int i = 0; i < 2; i++) pool.execute(() -> fail(0));",
            "var pool = java.util.concurrent.Executors.newScheduledThreadPool(1); pool.scheduleAtFixedRate(() -> fail(0), 0, 1, "
                    + "java.util.concurrent.TimeUnit.NANOSECONDS);",
            "for (int i = 0; i < 4; i++) java.util.concurrent.CompletableFuture.runAsync(() -> fail(0)).handle((x, e) -> { again(); "
                    + "return 1; });",
            "java.util.concurrent.ForkJoinPool.commonPool().execute(() -> fail(0));",
        };
        for (String body : bodies) {
            try (TestHost host = host(body + " return in;", "static void fail(int i) { while (true) try { if (i++ > 1e9) break; throw "
                    + "new IllegalStateException(); } catch (IllegalStateException e) { } } static void again() { new Thread(() -> "
                    + "fail(0)).start(); fail(0); }")) {
                assertEquals("0 {}", call(host));
                Thread.sleep(100);
                assertTrue(body, host.threads.stream().anyMatch(Thread::isAlive));
                host.funclet().condemn();
                for (int i = 0; i < 1000 && host.threads.stream().anyMatch(Thread::isAlive); i++) {
                    Thread.sleep(10);
                    // The host interrupts what it has condemned.
                    host.threads.forEach(Thread::interrupt);
                }
                assertFalse(body, host.threads.stream().anyMatch(Thread::isAlive));
                host.funclet().buried();
            }
        }
    }
}
