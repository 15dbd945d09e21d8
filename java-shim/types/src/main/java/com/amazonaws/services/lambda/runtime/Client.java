package com.amazonaws.services.lambda.runtime;

/** The application that calls, as a mobile client describes itself. */
public interface Client {
    String getInstallationId();

    String getAppTitle();

    String getAppVersionName();

    String getAppVersionCode();

    String getAppPackageName();
}
