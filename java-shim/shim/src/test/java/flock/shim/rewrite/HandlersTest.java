package flock.shim.rewrite;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.fail;

import flock.boot.Stop;
import flock.shim.testing.Definer;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.function.IntConsumer;
import org.junit.Test;

/**
 * Each form of handler that Java can write: nothing of it runs for a Stop, its monitors are released, and for any other
 * end it does what it did before it was rewritten.
 */
public final class HandlersTest {
    /** Bodies of `String run(IntConsumer f, StringBuilder log, Object lock)`. `f` may throw at any of its calls. */
    private static final String[] BODIES = {
        "try { f.accept(1); } catch (Throwable t) { log.append('t'); } return log + \"e\";",
        "try { f.accept(1); } catch (Exception e) { log.append('x'); } return log + \"e\";",
        "try { f.accept(1); } catch (Error e) { log.append('x'); } return log + \"e\";",
        "try { f.accept(1); } catch (IllegalStateException | IllegalArgumentException e) { log.append('m'); } return \"e\";",
        "try { f.accept(1); } catch (Own o) { log.append('o'); } catch (RuntimeException r) { log.append('r'); } return \"e\";",
        "try { f.accept(1); return \"a\"; } finally { log.append('f'); }",
        "try { f.accept(1); return \"a\"; } finally { log.append('f'); if (log.length() > 0) return \"b\" + log; }",
        "for (int i = 0; i < 5; i++) { try { f.accept(i); } finally { log.append('f'); continue; } } return log + \"e\";",
        "for (int i = 0; i < 5; i++) { try { f.accept(i); } catch (Throwable t) { log.append(i); } finally { "
                + "if (i == 3) break; } } return log + \"e\";",
        "try { try { f.accept(1); } finally { log.append('a'); f.accept(2); } } finally { log.append('b'); } return \"e\";",
        "try { try { f.accept(1); } catch (Throwable t) { f.accept(2); } } catch (Throwable t) { log.append('c'); "
                + "f.accept(3); } finally { log.append('d'); } return log.toString();",
        "synchronized (lock) { f.accept(1); } return \"e\";",
        "synchronized (lock) { synchronized (log) { f.accept(1); } f.accept(2); } return \"e\";",
        "try { synchronized (lock) { f.accept(1); } } catch (Throwable t) { log.append(Thread.holdsLock(lock)); } return \"\" + log;",
        "synchronized (lock) { try { f.accept(1); } catch (Throwable t) { log.append('s'); } } return \"\" + log;",
        "synchronized (lock) { try { f.accept(1); } finally { log.append('s'); f.accept(2); } } return \"\" + log;",
        "while (log.length() < 3) { synchronized (lock) { try { f.accept(log.length()); } catch (Throwable t) { log.append('s'); "
                + "continue; } } log.append('n'); } return \"\" + log;",
        "try { synchronized (lock) { f.accept(1); try { f.accept(2); } finally { synchronized (log) { f.accept(3); } } } } "
                + "finally { log.append('f'); } return \"\" + log;",
        "try (AutoCloseable a = () -> log.append('1'); AutoCloseable b = () -> { log.append('2'); f.accept(2); }) { "
                + "f.accept(1); } return \"\" + log;",
        "try { switch (log.length()) { case 0: f.accept(1); log.append('z'); default: f.accept(2); } } catch (Throwable t) "
                + "{ switch (String.valueOf(t.getMessage())) { case \"a\": log.append('a'); break; default: log.append('d'); } } "
                + "return \"\" + log;",
        "Runnable r = () -> { try { f.accept(1); } catch (Throwable t) { log.append('l'); } }; r.run(); return \"\" + log;",
        "new Object() { void in() { try { f.accept(1); } finally { log.append('i'); } } }.in(); return \"\" + log;",
        "long a = 1; double b = 2; try { f.accept(1); a = 3; } catch (Throwable t) { b = a; } return a + \" \" + b;",
        "try { throw new Own(); } catch (Own o) { try { f.accept(1); } catch (Throwable t) { o.addSuppressed(t); } "
                + "return \"\" + o.getSuppressed().length; }",
        "Object o = f; if (o instanceof IntConsumer c && c != null) { try { c.accept(1); } finally { o = null; } } return \"p\";",
    };

    private static final class Thrower implements IntConsumer {
        private final int at;
        private final Throwable error;
        private int calls;

        Thrower(int at, Throwable error) {
            this.at = at;
            this.error = error;
        }

        @Override
        public void accept(int ignored) {
            if (++calls == at) {
                HandlersTest.<RuntimeException>sneak(error);
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneak(Throwable error) throws T {
        throw (T) error;
    }

    private static String source(String body) {
        return "import java.util.function.*; public class C { static class Own extends RuntimeException { } "
                + "public static String run(IntConsumer f, StringBuilder log, Object lock) throws Exception { " + body + " } }";
    }

    private static Method run(Map<String, byte[]> files) throws ReflectiveOperationException {
        return new Definer(files).verified("C").getMethod("run", IntConsumer.class, StringBuilder.class, Object.class);
    }

    private static String outcome(Method run, Thrower thrower, Object lock) throws IllegalAccessException {
        StringBuilder log = new StringBuilder();
        String end;
        try {
            end = "gave " + run.invoke(null, thrower, log, lock);
        } catch (InvocationTargetException thrown) {
            Throwable error = thrown.getCause();
            end = "threw " + error + " suppressing " + error.getSuppressed().length;
        }
        assertFalse(Thread.holdsLock(lock));
        assertFalse(Thread.holdsLock(log));
        return end + ", log " + log + ", calls " + thrower.calls;
    }

    @Test
    public void whatIsNoStopEndsAsBefore() throws Exception {
        Throwable[] errors = {new IllegalStateException("a"), new IllegalArgumentException(), new Exception("b"),
            new OutOfMemoryError("c"), new ThreadDeath()};
        for (String body : BODIES) {
            Map<String, byte[]> files = Definer.compiled(source(body));
            Method before = run(files);
            Method after = run(Definer.rewritten(files));
            Object lock = new Object();
            for (int at = 0; at < 5; at++) {
                for (Throwable error : errors) {
                    assertEquals(body, outcome(before, new Thrower(at, error), lock),
                            outcome(after, new Thrower(at, error), lock));
                }
            }
        }
    }

    @Test
    public void aStopGoesThroughEveryHandler() throws Exception {
        for (String body : BODIES) {
            Method run = run(Definer.rewritten(Definer.compiled(source(body))));
            for (int at = 1; at < 5; at++) {
                Object lock = new Object();
                StringBuilder log = new StringBuilder();
                Stop stop = new Stop();
                Thrower thrower = new Thrower(at, stop);
                try {
                    run.invoke(null, thrower, log, lock);
                    if (thrower.calls >= at) {
                        fail(body + " has swallowed a stop of its call " + at);
                    }
                } catch (InvocationTargetException thrown) {
                    fail(body + " has made a result of " + thrown.getCause());
                } catch (Stop thrown) {
                    // The gate lets no stop be wrapped, so it comes as it is.
                    assertSame(body, stop, thrown);
                    assertEquals(body, at, thrower.calls);
                }
                assertFalse(body, Thread.holdsLock(lock));
                assertFalse(body, Thread.holdsLock(log));
            }
        }
    }
}
