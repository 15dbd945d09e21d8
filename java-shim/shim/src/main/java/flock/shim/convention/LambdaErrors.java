package flock.shim.convention;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

/** Lambda's error object, {@code {errorMessage, errorType, stackTrace}}, as the {@code error} of a result. Bounded in frames. */
final class LambdaErrors {
    private static final int MOST_FRAMES = 200;
    private static final String[] HOST = {"flock.shim.", "flock.boot."};

    private LambdaErrors() {}

    static JsonObject of(Throwable thrown) {
        String message = Texts.message(thrown);
        String type = thrown.getClass().getName();
        return of(message.isEmpty() ? type : message, type, frames(thrown));
    }

    /** Without frames for what is not the function's own fault: a payload that does not fit its type. */
    static JsonObject of(String message, String type, JsonArray frames) {
        JsonObject error = new JsonObject();
        error.addProperty("errorMessage", message);
        error.addProperty("errorType", type);
        if (frames != null) {
            error.add("stackTrace", frames);
        }
        JsonObject result = new JsonObject();
        result.add("error", error);
        return result;
    }

    /** The frames above the host's. */
    private static JsonArray frames(Throwable thrown) {
        JsonArray frames = new JsonArray();
        for (StackTraceElement frame : Texts.frames(thrown)) {
            if (frames.size() == MOST_FRAMES || isHosts(frame)) {
                break;
            }
            String place = frame.getFileName() == null ? "Unknown Source"
                    : frame.getLineNumber() < 0 ? frame.getFileName() : frame.getFileName() + ":" + frame.getLineNumber();
            frames.add(frame.getClassName() + "." + frame.getMethodName() + "(" + place + ")");
        }
        return frames;
    }

    private static boolean isHosts(StackTraceElement frame) {
        for (String prefix : HOST) {
            if (frame.getClassName().startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }
}
