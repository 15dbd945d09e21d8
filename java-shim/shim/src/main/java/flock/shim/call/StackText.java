package flock.shim.call;

import flock.shim.convention.Texts;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/**
 * The stack trace of a function's throwable for its log, without the frames below the function: those are the host's.
 * Bounded in frames and causes, and made without the throwable's own printStackTrace, which may be anything.
 */
final class StackText {
    private static final int MOST_FRAMES = 200;
    private static final int MOST_THROWABLES = 30;
    private static final String[] HOST = {"flock.shim.", "flock.boot."};
    private static final String[] REFLECTION = {
        "java.lang.invoke.", "java.lang.reflect.", "jdk.internal.reflect.", "java.lang.Class"};

    private final StringBuilder out = new StringBuilder(512);
    private final Set<Throwable> shown = Collections.newSetFromMap(new IdentityHashMap<>());

    private StackText() {}

    /** The text, without a newline at its end. */
    static String of(Throwable error) {
        StackText text = new StackText();
        text.add(error, "", "");
        return text.out.substring(0, text.out.length() - 1);
    }

    private void add(Throwable error, String indent, String caption) {
        if (!shown.add(error)) {
            out.append(indent).append(caption).append("[shown above: ").append(Texts.describe(error)).append("]\n");
            return;
        }
        if (shown.size() > MOST_THROWABLES) {
            out.append(indent).append(caption).append("[more throwables]\n");
            return;
        }
        out.append(indent).append(caption).append(Texts.describe(error)).append('\n');
        StackTraceElement[] frames = Texts.frames(error);
        int own = ownFrames(frames);
        int printed = 0;
        for (int i = 0; i < own; i++) {
            if (startsWith(frames[i], HOST)) {
                continue;
            }
            if (printed == MOST_FRAMES) {
                out.append(indent).append("\t... ").append(own - i).append(" more\n");
                break;
            }
            out.append(indent).append("\tat ").append(frames[i]).append('\n');
            printed++;
        }
        for (Throwable suppressed : error.getSuppressed()) {
            add(suppressed, indent + "\t", "Suppressed: ");
        }
        Throwable cause = Texts.cause(error);
        if (cause != null) {
            add(cause, indent, "Caused by: ");
        }
    }

    /** The number of frames above the lane's own at the bottom and the reflection that joins the two. */
    private static int ownFrames(StackTraceElement[] frames) {
        int end = frames.length;
        if (end == 0 || !startsWith(frames[end - 1], HOST)) {
            return end;
        }
        while (end > 0 && (startsWith(frames[end - 1], HOST) || startsWith(frames[end - 1], REFLECTION))) {
            end--;
        }
        return end;
    }

    private static boolean startsWith(StackTraceElement frame, String[] prefixes) {
        String name = frame.getClassName();
        for (String prefix : prefixes) {
            if (name.startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }
}
