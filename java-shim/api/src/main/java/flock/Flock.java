package flock;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;

/**
 * Calls from one action to another over OpenWhisk's REST API, for functions that do not run inside Flock: there the
 * host's own class of this name counts, which needs no network.
 *
 * The host is __OW_API_HOST (https:// when it names no scheme), the key __OW_API_KEY, which an action gets that has the
 * annotation {@code provide-api-key}. A call that is not over within the host's blocking wait (60 s) fails.
 */
public final class Flock {
    private static final int OK = 200;
    private static final int ACCEPTED = 202;

    private Flock() {}

    /**
     * Calls an action ({@code name}, {@code package/name}, {@code /namespace/package/name}) and waits for its result.
     *
     * @throws CallFailed when the action fails, or may not be called
     */
    public static JsonElement call(String action, JsonObject payload) {
        try {
            return begin(action, payload).join();
        } catch (CompletionException failed) {
            throw failure(failed.getCause());
        }
    }

    /** Begins a call. The future's {@code get} throws ExecutionException with a {@link CallFailed}. */
    public static Future<JsonElement> callAsync(String action, JsonObject payload) {
        return begin(action, payload);
    }

    private static CompletableFuture<JsonElement> begin(String action, JsonObject payload) {
        HttpRequest request = HttpRequest.newBuilder(address(action))
                .header("Authorization", "Basic " + Base64.getEncoder()
                        .encodeToString(variable("__OW_API_KEY").getBytes(StandardCharsets.UTF_8)))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(payload.toString()))
                .build();
        return Client.HTTP.sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .handle((response, error) -> {
                    if (error != null) {
                        throw failure(error);
                    }
                    return result(response.statusCode(), response.body());
                });
    }

    private static JsonElement result(int status, String body) {
        JsonElement result;
        try {
            result = JsonParser.parseString(body);
        } catch (JsonParseException other) {
            throw new CallFailed("the host answers with status " + status + " and no JSON", null);
        }
        if (status == OK) {
            return result;
        }
        if (status == ACCEPTED) {
            throw new CallFailed("the action has not ended within the host's wait", result);
        }
        JsonElement error = result.isJsonObject() ? result.getAsJsonObject().get("error") : null;
        boolean isText = error != null && error.isJsonPrimitive();
        throw new CallFailed(isText ? error.getAsString() : String.valueOf(error), result);
    }

    private static CallFailed failure(Throwable error) {
        Throwable cause = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        if (cause instanceof CallFailed) {
            return (CallFailed) cause;
        }
        String what = cause instanceof IOException ? "the host cannot be reached: " : "the call failed: ";
        CallFailed failed = new CallFailed(what + cause, null);
        failed.initCause(cause);
        return failed;
    }

    private static URI address(String action) {
        String host = variable("__OW_API_HOST");
        String namespace = "_";
        String name = action;
        if (action.startsWith("/")) {
            int end = action.indexOf('/', 1);
            if (end < 0) {
                throw new CallFailed("'" + action + "' names no action", null);
            }
            namespace = action.substring(1, end);
            name = action.substring(end + 1);
        }
        StringBuilder path = new StringBuilder(host.contains("://") ? host : "https://" + host)
                .append("/api/v1/namespaces/").append(encoded(namespace)).append("/actions");
        for (String part : name.split("/", -1)) {
            path.append('/').append(encoded(part));
        }
        return URI.create(path.append("?blocking=true&result=true").toString());
    }

    private static String encoded(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static String variable(String name) {
        String value = System.getenv(name);
        if (value == null) {
            throw new CallFailed(name + " is not set", null);
        }
        return value;
    }

    /** Made when the first call is. */
    private static final class Client {
        static final HttpClient HTTP = HttpClient.newHttpClient();
    }
}
