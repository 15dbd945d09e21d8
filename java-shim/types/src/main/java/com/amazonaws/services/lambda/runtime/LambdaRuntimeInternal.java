package com.amazonaws.services.lambda.runtime;

/** A switch between a runtime and its log appender. It is shared by all functions and has no use here, so it keeps nothing. */
public final class LambdaRuntimeInternal {
    private LambdaRuntimeInternal() {}

    public static void setUseLog4jAppender(boolean useLog4jAppender) {}

    public static boolean getUseLog4jAppender() {
        return false;
    }
}
