// A function under Google's invoker for Java: the class that it is started with. The system property `peers.main` names the function.
// Fails, at the start of the invoker, if that property or the class is missing.
package peers;

import com.google.cloud.functions.HttpFunction;
import com.google.cloud.functions.HttpRequest;
import com.google.cloud.functions.HttpResponse;
import java.io.IOException;

public final class GoogleFunction implements HttpFunction {
    private final Code code;

    public GoogleFunction() throws ReflectiveOperationException {
        code = new Code(GoogleFunction.class.getClassLoader(), System.getProperty("peers.main"));
    }

    @Override
    public void service(HttpRequest request, HttpResponse response) throws IOException {
        byte[] answer = code.run(request.getReader());
        response.setContentType("application/json");
        response.getOutputStream().write(answer);
    }
}
