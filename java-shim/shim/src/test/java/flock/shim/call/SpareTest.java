package flock.shim.call;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;

import flock.boot.Group;
import flock.shim.testing.Images;
import flock.shim.testing.TestHost;
import org.junit.Test;

/** A lane that was made before its funclet is a lane like any other, in the funclet's own group. */
public final class SpareTest {
    private static TestHost ahead(String body) throws InterruptedException {
        String source = "import com.google.gson.*; public class C { static int calls; public static JsonObject main(JsonObject in) "
                + "throws Throwable { " + body + " } }";
        return TestHost.ahead(Images.compiled(source).image(), "C");
    }

    @Test
    public void itIsInTheGroupOfItsFunclet() throws Exception {
        try (TestHost host = ahead("Thread me = Thread.currentThread(); ThreadGroup[] of = new ThreadGroup[1]; Thread t = new "
                + "Thread(() -> of[0] = Thread.currentThread().getThreadGroup()); t.start(); t.join(); in.addProperty(\"name\", "
                + "me.getName()); in.addProperty(\"group\", me.getThreadGroup().getName()); in.addProperty(\"child\", of[0] == "
                + "me.getThreadGroup()); in.addProperty(\"call\", ++calls); return in;")) {
            String expected = "0 {\"name\":\"lane-%d\",\"group\":\"%s\",\"child\":true,\"call\":%d}";
            String group = host.funclet().group().getName();
            assertEquals(String.format(expected, 1, group, 1), host.call("{}").toString());
            assertEquals(String.format(expected, 1, group, 2), host.call("{}").toString());
            assertEquals(String.format(expected, 2, group, 3), host.call(2, "{}").toString());
        }
    }

    @Test
    public void onlyWhoHasTheFaceCanTakeTheGroup() {
        Group group = Funclet.groupAhead(7);
        Closed other = new Closed(Allowance.closed());
        assertThrows(SecurityException.class, () -> group.board(other, new Closed(Allowance.closed())));
        assertThrows(SecurityException.class, () -> group.board(null, other));
    }
}
