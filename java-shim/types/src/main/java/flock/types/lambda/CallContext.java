package flock.types.lambda;

import com.amazonaws.services.lambda.runtime.ClientContext;
import com.amazonaws.services.lambda.runtime.CognitoIdentity;
import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.LambdaLogger;

/** The context of one call: values, made for it alone. It is on the boot class path, so its class leads a function nowhere. */
public final class CallContext implements Context {
    private final String activationId;
    private final String action;
    private final String version;
    private final int memoryMebibytes;
    private final long deadlineEpochMillis;

    /** The action is {@code /namespace/[package/]name}. */
    public CallContext(String activationId, String action, String version, int memoryMebibytes, long deadlineEpochMillis) {
        this.activationId = activationId;
        this.action = action;
        this.version = version;
        this.memoryMebibytes = memoryMebibytes;
        this.deadlineEpochMillis = deadlineEpochMillis;
    }

    @Override
    public String getAwsRequestId() {
        return activationId;
    }

    /** The action's whole name: its activations are its log. */
    @Override
    public String getLogGroupName() {
        return action;
    }

    @Override
    public String getLogStreamName() {
        return activationId;
    }

    @Override
    public String getFunctionName() {
        return action.substring(action.lastIndexOf('/') + 1);
    }

    @Override
    public String getFunctionVersion() {
        return version;
    }

    /** In the form that libraries take apart at its colons: the namespace is the account, there is no region. */
    @Override
    public String getInvokedFunctionArn() {
        int end = action.indexOf('/', 1);
        return end < 0 ? "arn:flock:lambda:::function:" + action
                : "arn:flock:lambda::" + action.substring(1, end) + ":function:" + action.substring(end + 1);
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
        long left = deadlineEpochMillis - System.currentTimeMillis();
        return (int) Math.max(0, Math.min(Integer.MAX_VALUE, left));
    }

    @Override
    public int getMemoryLimitInMB() {
        return memoryMebibytes;
    }

    @Override
    public LambdaLogger getLogger() {
        return OutputLogger.INSTANCE;
    }
}
