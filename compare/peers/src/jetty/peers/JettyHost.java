// Embedded Jetty with a context for each function: no sessions, no security, no request log. Prints its port on a line of its own.
// Fails when it cannot listen.
package peers;

import java.net.URLClassLoader;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ContextHandlerCollection;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

public final class JettyHost implements DeployServlet.Host {
    private final Map<String, ServletContextHandler> byName = new ConcurrentHashMap<>();
    private final ContextHandlerCollection contexts;

    private JettyHost(ContextHandlerCollection contexts) {
        this.contexts = contexts;
    }

    public static void main(String[] arguments) throws Exception {
        Server server = new Server(new QueuedThreadPool(Integer.parseInt(arguments[0])));
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        ContextHandlerCollection contexts = new ContextHandlerCollection(true);
        server.setHandler(contexts);
        ServletContextHandler admin = new ServletContextHandler("/deploy");
        admin.addServlet(new ServletHolder(new DeployServlet(new JettyHost(contexts))), "/");
        contexts.addHandler(admin);
        server.start();
        System.out.println("port " + connector.getLocalPort());
        server.join();
    }

    @Override
    public void remove(String name) throws Exception {
        ServletContextHandler former = byName.remove(name);
        if (former != null) {
            contexts.removeHandler(former);
            former.stop();
        }
    }

    @Override
    public void add(String name, FunctionServlet servlet, URLClassLoader loader) throws Exception {
        ServletContextHandler context = new ServletContextHandler("/" + name);
        context.setClassLoader(loader);
        context.addServlet(new ServletHolder(servlet), "/");
        byName.put(name, context);
        contexts.addHandler(context);
        context.start();
    }
}
