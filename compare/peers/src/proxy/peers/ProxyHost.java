// OpenWhisk's Java action proxy on a port of choice: its own main knows 8080 alone, and more than one is needed here.
// The proxy's jar is in no package registry, so its class is found by name: it must be on the class path.
// Fails when it is not there, or the port is taken.
package peers;

public final class ProxyHost {
    private ProxyHost() {}

    public static void main(String[] arguments) throws ReflectiveOperationException {
        Class<?> proxy = Class.forName("org.apache.openwhisk.runtime.java.action.Proxy");
        Object server = proxy.getConstructor(int.class).newInstance(Integer.parseInt(arguments[0]));
        proxy.getMethod("start").invoke(server);
    }
}
