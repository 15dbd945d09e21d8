// A function under AWS's runtime interface client: its handler. The system property `peers.main` names the function.
// Fails, when the client makes it, if that property or the class is missing.
package peers;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

public final class AwsFunction implements RequestStreamHandler {
    private final Code code;

    public AwsFunction() throws ReflectiveOperationException {
        code = new Code(AwsFunction.class.getClassLoader(), System.getProperty("peers.main"));
    }

    @Override
    public void handleRequest(InputStream input, OutputStream output, Context context) throws IOException {
        output.write(code.run(new InputStreamReader(input, StandardCharsets.UTF_8)));
    }
}
