// The HTTP client of the JDK: one request to `url`.
package library;

import com.google.gson.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

public final class HttpWork {
    private HttpWork() {}

    public static JsonObject main(JsonObject args) throws Exception {
        HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(20)).build();
        HttpRequest request = HttpRequest.newBuilder(URI.create(args.get("url").getAsString())).build();
        HttpResponse<String> answer = client.sendAsync(request, HttpResponse.BodyHandlers.ofString()).get();
        Check.same("200 three cups", answer.statusCode() + " " + answer.body());
        return Check.works(null);
    }
}
