package flock.types.lambda;

import com.amazonaws.services.lambda.runtime.LambdaLogger;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.nio.charset.StandardCharsets;

/** Writes lines to the standard output of the function that calls. Keeps nothing, so that one serves all functions. */
public final class OutputLogger implements LambdaLogger {
    public static final OutputLogger INSTANCE = new OutputLogger();

    private OutputLogger() {}

    @Override
    public void log(String message) {
        String text = String.valueOf(message);
        if (text.endsWith("\n")) {
            System.out.print(text);
        } else {
            System.out.println(text);
        }
    }

    @Override
    public void log(byte[] message) {
        log(message == null ? null : new String(message, StandardCharsets.UTF_8));
    }

    @Override
    public void log(String message, LogLevel level) {
        log(level == null || level == LogLevel.UNDEFINED ? message : "[" + level + "] " + message);
    }

    @Override
    public void log(byte[] message, LogLevel level) {
        log(message == null ? null : new String(message, StandardCharsets.UTF_8), level);
    }
}
