// Puts functions into a container: POST /deploy with a first line NAME, a second with the main class and a third with the jar;
// a name alone takes the function away.
// Answers 200 when the function's context serves, so that the time of a deployment can be measured from outside.
// Fails with 500 and the reason.
package peers;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;

final class DeployServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private final transient Host host;

    /** What Tomcat and Jetty do in their own ways. */
    interface Host {
        /** Nothing happens when there is none of this name. */
        void remove(String name) throws Exception;

        void add(String name, FunctionServlet servlet, URLClassLoader loader) throws Exception;
    }

    DeployServlet(Host host) {
        this.host = host;
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        BufferedReader lines = request.getReader();
        String name = lines.readLine();
        String main = lines.readLine();
        try {
            host.remove(name);
            if (main == null) {
                response.setContentLength(0);
                return;
            }
            URL jar = Path.of(lines.readLine()).toUri().toURL();
            URLClassLoader loader = new URLClassLoader(new URL[] {jar}, DeployServlet.class.getClassLoader());
            host.add(name, new FunctionServlet(new Code(loader, main)), loader);
            response.setContentLength(0);
        } catch (Exception failed) {
            response.sendError(500, failed.toString());
        }
    }
}
