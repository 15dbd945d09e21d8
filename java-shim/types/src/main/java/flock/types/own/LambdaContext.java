package flock.types.own;

import com.amazonaws.services.lambda.runtime.ClientContext;
import com.amazonaws.services.lambda.runtime.CognitoIdentity;
import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.LambdaLogger;
import com.amazonaws.services.lambda.runtime.LambdaRuntime;

/**
 * The context of one call: values, made for it alone. Each function that is called so has this class in its own loader, so it may open
 * it as it likes: many write their context to the log by gson. The fields have the names that are seen there.
 */
public final class LambdaContext implements Context {
    private final int memoryLimit;
    private final String awsRequestId;
    private final String logGroupName;
    private final String logStreamName;
    private final String functionName;
    private final String functionVersion;
    private final String invokedFunctionArn;
    private final long deadlineTimeInMs;

    /** The action is {@code /namespace/[package/]name}: its activations are its log, and each is a stream of it. */
    public LambdaContext(String activationId, String action, String version, int memoryMebibytes, long deadlineEpochMillis) {
        memoryLimit = memoryMebibytes;
        awsRequestId = activationId;
        logGroupName = action;
        logStreamName = activationId;
        functionName = action.substring(action.lastIndexOf('/') + 1);
        functionVersion = version;
        invokedFunctionArn = arn(action);
        deadlineTimeInMs = deadlineEpochMillis;
    }

    /** In the form that libraries take apart at its colons: the namespace is the account, there is no region. */
    private static String arn(String action) {
        int end = action.indexOf('/', 1);
        return end < 0 ? "arn:flock:lambda:::function:" + action
                : "arn:flock:lambda::" + action.substring(1, end) + ":function:" + action.substring(end + 1);
    }

    @Override
    public String getAwsRequestId() {
        return awsRequestId;
    }

    @Override
    public String getLogGroupName() {
        return logGroupName;
    }

    @Override
    public String getLogStreamName() {
        return logStreamName;
    }

    @Override
    public String getFunctionName() {
        return functionName;
    }

    @Override
    public String getFunctionVersion() {
        return functionVersion;
    }

    @Override
    public String getInvokedFunctionArn() {
        return invokedFunctionArn;
    }

    @Override
    public CognitoIdentity getIdentity() {
        return null;
    }

    @Override
    public ClientContext getClientContext() {
        return null;
    }

    @Override
    public int getRemainingTimeInMillis() {
        long left = deadlineTimeInMs - System.currentTimeMillis();
        return (int) Math.max(0, Math.min(Integer.MAX_VALUE, left));
    }

    @Override
    public int getMemoryLimitInMB() {
        return memoryLimit;
    }

    @Override
    public LambdaLogger getLogger() {
        return LambdaRuntime.getLogger();
    }
}
