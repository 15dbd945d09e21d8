package com.amazonaws.services.lambda.runtime;

/** Who calls, where that is known. */
public interface CognitoIdentity {
    String getIdentityId();

    String getIdentityPoolId();
}
