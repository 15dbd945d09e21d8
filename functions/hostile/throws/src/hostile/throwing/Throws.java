// Throws. `how`: message, no-message, huge-message, checked, error, to-string, get-message, print, cause-loop, no-trace,
// huge-trace, thread-death. `message` is the text to throw with; if not given it has quotes, a line break, NUL, a lone
// surrogate and an escape sequence.
package hostile.throwing;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.Arrays;

public final class Throws {
    private static final String ODD = "odd \"quoted\" \\ line\nbreak \0 nul \ud800 lone \u001b[31m escape \ud83d\ude00";

    private Throws() {}

    public static JsonObject main(JsonObject args) throws Throwable {
        String how = args.has("how") ? args.get("how").getAsString() : "message";
        String message = args.has("message") ? args.get("message").getAsString() : ODD;
        System.out.println("about to throw: " + how);
        throw make(how, message);
    }

    private static Throwable make(String how, String message) {
        switch (how) {
            case "message":
                return new IllegalStateException(message);
            case "no-message":
                return new IllegalStateException();
            case "huge-message":
                return new IllegalStateException(message.repeat(5_000_000 / Math.max(1, message.length())));
            case "checked":
                return new IOException(message);
            case "error":
                return new AssertionError(message);
            case "cause-loop":
                IllegalStateException first = new IllegalStateException(message);
                first.initCause(new IllegalArgumentException("second", first));
                return first;
            case "huge-trace":
                IllegalStateException huge = new IllegalStateException(message);
                StackTraceElement[] frames = new StackTraceElement[200_000];
                Arrays.fill(frames, new StackTraceElement("Made", "up", "Nowhere.java", 1));
                huge.setStackTrace(frames);
                return huge;
            case "thread-death":
                return threadDeath();
            default:
                return new Booby(how, message);
        }
    }

    /** By reflection: the class is deprecated for removal. */
    private static Throwable threadDeath() {
        try {
            return (Throwable) Class.forName("java.lang.ThreadDeath").getDeclaredConstructor().newInstance();
        } catch (ReflectiveOperationException gone) {
            return new IllegalStateException(gone);
        }
    }
}
