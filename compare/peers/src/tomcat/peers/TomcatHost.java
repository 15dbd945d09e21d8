// Embedded Tomcat with a context for each function: no JSP, no annotation scanning, no access log. Prints its port on a line of its own.
// Fails when it cannot listen.
package peers;

import java.net.URLClassLoader;
import java.nio.file.Files;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;

public final class TomcatHost implements DeployServlet.Host {
    private final Tomcat tomcat;

    private TomcatHost(Tomcat tomcat) {
        this.tomcat = tomcat;
    }

    public static void main(String[] arguments) throws Exception {
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(Files.createTempDirectory("tomcat").toString());
        Connector connector = new Connector();
        connector.setPort(0);
        connector.setProperty("address", "127.0.0.1");
        connector.setProperty("maxKeepAliveRequests", "-1");
        connector.setProperty("maxThreads", arguments[0]);
        tomcat.setConnector(connector);
        Context admin = tomcat.addContext("/deploy", null);
        Tomcat.addServlet(admin, "deploy", new DeployServlet(new TomcatHost(tomcat)));
        admin.addServletMappingDecoded("/", "deploy");
        tomcat.start();
        System.out.println("port " + connector.getLocalPort());
        tomcat.getServer().await();
    }

    @Override
    public void remove(String name) throws Exception {
        if (tomcat.getHost().findChild("/" + name) instanceof Context former) {
            tomcat.getHost().removeChild(former);
            former.destroy();
        }
    }

    @Override
    public void add(String name, FunctionServlet servlet, URLClassLoader loader) {
        Context context = tomcat.addContext("/" + name, null);
        context.setParentClassLoader(loader);
        Tomcat.addServlet(context, name, servlet);
        context.addServletMappingDecoded("/", name);
    }
}
