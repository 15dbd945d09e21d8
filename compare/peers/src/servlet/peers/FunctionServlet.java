// The servlet of one function in a container that holds many: POST with the arguments, the result as JSON.
// The function has a class loader of its own; gson and this class are shared, the leanest way to do it.
package peers;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

final class FunctionServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private final transient Code code;

    FunctionServlet(Code code) {
        this.code = code;
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        request.setCharacterEncoding("UTF-8");
        byte[] answer = code.run(request.getReader());
        response.setContentType("application/json");
        response.setContentLength(answer.length);
        response.getOutputStream().write(answer);
    }
}
