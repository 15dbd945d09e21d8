package flock.shim.call;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

/** The environment variables of one funclet: what was given at load, and what changes with each call. */
final class Environment {
    private static final String ACTIVATION_ID = "__OW_ACTIVATION_ID";
    private static final String TRANSACTION_ID = "__OW_TRANSACTION_ID";
    private static final String DEADLINE = "__OW_DEADLINE";
    private static final String API_KEY = "__OW_API_KEY";

    private final Map<String, String> fixed;

    /** Takes key, value, key, value. */
    Environment(String[] pairs) {
        Map<String, String> map = new HashMap<>(pairs.length);
        for (int i = 0; i + 1 < pairs.length; i += 2) {
            map.put(pairs[i], pairs[i + 1]);
        }
        fixed = Collections.unmodifiableMap(map);
    }

    Map<String, String> outsideOfCalls() {
        return fixed;
    }

    Map<String, String> during(Request request) {
        Map<String, String> map = new HashMap<>(fixed);
        map.put(ACTIVATION_ID, request.activationId());
        map.put(TRANSACTION_ID, request.transactionId());
        map.put(DEADLINE, Long.toString(request.deadlineEpochMillis()));
        String key = request.apiKey();
        if (key != null) {
            map.put(API_KEY, key);
        }
        return Collections.unmodifiableMap(map);
    }

    String during(Request request, String name) {
        switch (name) {
            case ACTIVATION_ID:
                return request.activationId();
            case TRANSACTION_ID:
                return request.transactionId();
            case DEADLINE:
                return Long.toString(request.deadlineEpochMillis());
            case API_KEY:
                String key = request.apiKey();
                return key == null ? fixed.get(name) : key;
            default:
                return fixed.get(name);
        }
    }
}
