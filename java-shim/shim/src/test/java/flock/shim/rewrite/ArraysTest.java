package flock.shim.rewrite;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import flock.shim.call.CallTest;
import flock.shim.testing.TestHost;
import java.util.List;
import org.junit.Test;

/** Arrays that ask first, the end of a lane that may not have one, finalizers that do not run, and a condemned loop. */
public final class ArraysTest {
    private static TestHost host(String body, String... members) {
        return CallTest.host(new String[0], body, members);
    }

    private static void asks(String expression, Object... bytes) {
        try (TestHost host = host("int n = in.get(\"n\").getAsInt(); Object o = " + expression + "; in.addProperty(\"r\", "
                + "o.getClass().getName().length() > 0); return in;")) {
            assertEquals("0 {\"n\":3000000,\"r\":true}", host.call("{\"n\":3000000}").toString());
            assertEquals(expression, List.of(bytes).toString(), host.arrays.toString());
        }
    }

    @Test
    public void largeArraysAsk() {
        asks("new byte[n]", "3000000");
        asks("new boolean[n]", "3000000");
        asks("new char[n]", "6000000");
        asks("new short[n]", "6000000");
        asks("new int[n]", "12000000");
        asks("new float[n]", "12000000");
        asks("new long[n]", "24000000");
        asks("new double[n]", "24000000");
        asks("new String[n]", "12000000");
        asks("new int[n][]", "12000000");
        asks("new int[3][n]", "36000060");
        asks("new byte[n][0]", "60000000");
        asks("new int[2][3][n / 10]", "7200000");
        asks("new long[2][3][2][n / 100]", "2880000");
        asks("new byte[2000000]", "2000000");
        asks("new byte[1000]");
        asks("new int[n / 1000]");
        asks("new int[10][10]");
    }

    @Test
    public void aCountBelowZeroIsTheJvmsMatter() {
        try (TestHost host = host("for (int i = 0; i < 3; i++) try { int n = -i - 1; Object o = i == 0 ? new int[n] : i == 1 ? "
                + "new int[n][5] : new int[n][4][3]; } catch (NegativeArraySizeException e) { in.addProperty(\"r\" + i, "
                + "e.getMessage()); } return in;")) {
            assertEquals("0 {\"r0\":\"-1\",\"r1\":\"-2\",\"r2\":\"-3\"}", host.call("{}").toString());
        }
    }

    @Test
    public void aRefusedArrayEndsTheLane() throws Exception {
        for (String body : new String[] {"Object o = new byte[n];", "try { Object o = new long[n]; } catch (Throwable t) { }",
            "Thread t = new Thread(() -> { try { Object o = new int[n][n]; } finally { reached = true; } }); t.start(); t.join(); "
                    + "if (!reached) throw new ThreadDeath();"}) {
            try (TestHost host = host("int n = 20_000_000; " + body + " return in;", "static boolean reached;")) {
                host.arrayBytesLimit = 10_000_000;
                host.send(1, "{}");
                if (body.startsWith("Thread")) {
                    assertTrue(host.answer(1).text, host.log().toString().contains("ThreadDeath"));
                } else {
                    host.thread(1).join(10_000);
                    assertFalse(body, host.thread(1).isAlive());
                }
            }
        }
    }

    @Test
    public void aCondemnedFuncletLeavesItsLoops() throws Exception {
        String[] loops = {
            "for (;;) try { throw new Exception(); } catch (Throwable t) { }",
            "for (;;) try { Object o = null; o.hashCode(); } finally { continue; }",
            "synchronized (C.class) { for (;;) try { in.get(\"none\").getAsInt(); } catch (Exception e) { } }",
        };
        for (String loop : loops) {
            try (TestHost host = host("Thread t = new Thread(() -> { try { spin(in); } catch (Exception e) { } }); t.start(); "
                    + "spin(in); return in;", "static void spin(JsonObject in) throws Exception { if (in != null) " + loop + " }")) {
                host.send(1, "{}");
                Thread.sleep(300);
                assertTrue(host.thread(1).isAlive());
                host.funclet().condemn();
                host.thread(1).join(10_000);
                assertFalse(loop, host.thread(1).isAlive());
                host.funclet().buried();
            }
        }
    }

    @Test
    public void finalizersDoNotRun() {
        try (TestHost host = host("for (int i = 0; i < 1000; i++) { new F(); new G(); new H(); } for (int i = 0; i < 20 && ran "
                + "== 0; i++) { System.gc(); Thread.sleep(20); } new F().finalize(); in.addProperty(\"ran\", ran); return in;",
                "static volatile int ran; static class F { protected void finalize() { ran++; } } static class G extends F { "
                + "protected void finalize() { super.finalize(); ran++; } } static class H extends javax.imageio.stream."
                + "ImageInputStreamImpl { public int read() { return -1; } public int read(byte[] b, int o, int l) { return -1; } "
                + "public void close() { ran++; } }")) {
            assertEquals("0 {\"ran\":0}", host.call("{}").toString());
        }
    }
}
