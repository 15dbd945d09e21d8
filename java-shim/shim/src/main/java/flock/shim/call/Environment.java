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
    /** What was given; null once the map is made. */
    private String words;
    private volatile Map<String, String> fixed;

    /** Takes key, value, key, value, each behind its length in characters and a colon, as the host's funclet.rs writes them. */
    Environment(String words) {
        this.words = words;
    }

    Map<String, String> outsideOfCalls() {
        Map<String, String> made = fixed;
        return made != null ? made : make();
    }

    private synchronized Map<String, String> make() {
        if (fixed == null) {
            Map<String, String> map = new HashMap<>();
            String key = null;
            for (int at = 0; at < words.length();) {
                int colon = words.indexOf(':', at);
                int end = colon + 1 + Integer.parseInt(words, at, colon, 10);
                String word = words.substring(colon + 1, end);
                if (key == null) {
                    key = word;
                } else {
                    map.put(key, word);
                    key = null;
                }
                at = end;
            }
            fixed = Collections.unmodifiableMap(map);
            words = null;
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
