package flock.shim.convention;

import flock.boot.Stop;

/**
 * The words of a throwable that comes from function code. Its methods may throw, return null or give a text of any
 * size; none of that may reach the lane. A stop goes through.
 */
public final class Texts {
    private static final int LONGEST_CHARS = 16 * 1024;
    private static final StackTraceElement[] NO_FRAMES = {};

    private Texts() {}

    /** What toString() says; the class name where it fails. */
    public static String describe(Throwable error) {
        String text;
        try {
            text = error.toString();
        } catch (Stop stop) {
            throw stop;
        } catch (Throwable broken) {
            text = null;
        }
        return text == null ? error.getClass().getName() : bounded(text);
    }

    /** The same with its cause for the errors of linking, most of which say nothing by themselves. */
    public static String explain(Throwable error) {
        Throwable cause = error instanceof LinkageError ? cause(error) : null;
        return cause == null ? describe(error) : bounded(describe(error) + ", because of " + describe(cause));
    }

    /** What getMessage() says; empty where it fails. */
    static String message(Throwable error) {
        String text;
        try {
            text = error.getMessage();
        } catch (Stop stop) {
            throw stop;
        } catch (Throwable broken) {
            text = null;
        }
        return text == null ? "" : bounded(text);
    }

    /** The frames; none where it fails. */
    public static StackTraceElement[] frames(Throwable error) {
        StackTraceElement[] frames;
        try {
            frames = error.getStackTrace();
        } catch (Stop stop) {
            throw stop;
        } catch (Throwable broken) {
            frames = null;
        }
        return frames == null ? NO_FRAMES : frames;
    }

    /** The cause; none where it fails. */
    public static Throwable cause(Throwable error) {
        try {
            return error.getCause();
        } catch (Stop stop) {
            throw stop;
        } catch (Throwable broken) {
            return null;
        }
    }

    private static String bounded(String text) {
        return text.length() <= LONGEST_CHARS ? text : text.substring(0, LONGEST_CHARS);
    }
}
