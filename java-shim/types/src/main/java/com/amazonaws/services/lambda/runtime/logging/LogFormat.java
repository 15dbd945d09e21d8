package com.amazonaws.services.lambda.runtime.logging;

import java.util.Locale;

/** How log lines are written. */
public enum LogFormat {
    JSON,
    TEXT;

    public static LogFormat fromString(String name) {
        for (LogFormat format : values()) {
            if (name != null && format.name().equals(name.toUpperCase(Locale.ROOT))) {
                return format;
            }
        }
        throw new IllegalArgumentException("no log format '" + name + "'; there are JSON and TEXT");
    }
}
