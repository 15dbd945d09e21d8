package flock.shim.call;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

/**
 * The environment variables of one funclet: what was given at load, and what changes with each call.
 *
 * Most functions never ask, so what was given stays as it came until somebody does.
 */
final class Environment {
    private static final String ACTIVATION_ID = "__OW_ACTIVATION_ID";
    private static final String TRANSACTION_ID = "__OW_TRANSACTION_ID";
    private static final String DEADLINE = "__OW_DEADLINE";
    private static final String API_KEY = "__OW_API_KEY";
    /** The names that the host gives to every function, in its order. */
    private static final String[] COMMON = {"__OW_NAMESPACE", "__OW_ACTION_NAME", "__OW_ACTION_VERSION",
        "__OW_API_HOST", "__FLOCK_MEMORY_MB"};

    /** Key, value, key, value; null once the map is made. */
    private String[] pairs;
    private volatile Map<String, String> fixed;

    /** Takes key, value, key, value. */
    Environment(String[] pairs) {
        this.pairs = pairs;
        for (int i = 0; i < COMMON.length && 2 * i < pairs.length; i++) {
            if (COMMON[i].equals(pairs[2 * i])) {
                pairs[2 * i] = COMMON[i];
            }
        }
    }

    Map<String, String> outsideOfCalls() {
        Map<String, String> made = fixed;
        return made != null ? made : make();
    }

    private synchronized Map<String, String> make() {
        if (fixed == null) {
            Map<String, String> map = new HashMap<>(pairs.length);
            for (int i = 0; i + 1 < pairs.length; i += 2) {
                map.put(pairs[i], pairs[i + 1]);
            }
            fixed = Collections.unmodifiableMap(map);
            pairs = null;
        }
        return fixed;
    }

    Map<String, String> during(Request request) {
        Map<String, String> map = new HashMap<>(outsideOfCalls());
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
                return key == null ? outsideOfCalls().get(name) : key;
            default:
                return outsideOfCalls().get(name);
        }
    }
}
