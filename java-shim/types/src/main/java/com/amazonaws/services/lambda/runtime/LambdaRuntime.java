package com.amazonaws.services.lambda.runtime;

import flock.types.lambda.OutputLogger;

/** Gives the logger outside of a call. One class serves all functions, so there is no field that one could change for another. */
public final class LambdaRuntime {
    private LambdaRuntime() {}

    public static LambdaLogger getLogger() {
        return OutputLogger.INSTANCE;
    }
}
