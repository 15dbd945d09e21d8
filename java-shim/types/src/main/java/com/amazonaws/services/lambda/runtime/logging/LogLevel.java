package com.amazonaws.services.lambda.runtime.logging;

import java.util.Locale;

/** The weight of a log line. */
public enum LogLevel {
    UNDEFINED,
    TRACE,
    DEBUG,
    INFO,
    WARN,
    ERROR,
    FATAL;

    public static LogLevel fromString(String name) {
        for (LogLevel level : values()) {
            if (name != null && level.name().equals(name.toUpperCase(Locale.ROOT))) {
                return level;
            }
        }
        throw new IllegalArgumentException("no log level '" + name
                + "'; there are TRACE, DEBUG, INFO, WARN, ERROR and FATAL");
    }
}
