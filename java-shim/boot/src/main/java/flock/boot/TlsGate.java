package flock.boot;

import java.security.NoSuchAlgorithmException;
import javax.net.ssl.HostnameVerifier;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;

/**
 * Hooks of TLS: each funclet has a default context of its own, so nobody finds the sessions of others in it, or changes how
 * long they are kept. A new connection by HTTPS takes the funclet's factory of sockets and its hostname verifier.
 */
public final class TlsGate {
    private static final String CONTEXT = "TLS context";
    private static final String SOCKETS = "TLS sockets";
    private static final String FACTORY = "TLS socket factory";
    private static final String SERVER_FACTORY = "TLS server socket factory";

    private TlsGate() {}

    private static Own own() {
        Face face = Gate.caller();
        return face == null || Callers.isInitialisingJdk() ? null : face.budget().own();
    }

    /** SSLContext.getDefault. Managers of keys and trust are the JDK's, one for all; they do not change. */
    public static Object context() throws NoSuchAlgorithmException {
        Own own = own();
        return own == null ? Gate.PASS : context(own);
    }

    private static SSLContext context(Own own) throws NoSuchAlgorithmException {
        Object kept = own.value(CONTEXT);
        return (SSLContext) (kept != null ? kept : own.keep(CONTEXT, SSLContext.getInstance("Default")));
    }

    /** SSLSocketFactory.getDefault: what is made from another context later does not change it, as in the JDK. */
    public static Object sockets() {
        Own own = own();
        if (own == null) {
            return Gate.PASS;
        }
        try {
            Object kept = own.value(FACTORY);
            return kept != null ? kept : own.keep(FACTORY, context(own).getSocketFactory());
        } catch (NoSuchAlgorithmException | UnsupportedOperationException none) {
            return Gate.PASS;
        }
    }

    public static Object serverSockets() {
        Own own = own();
        if (own == null) {
            return Gate.PASS;
        }
        try {
            Object kept = own.value(SERVER_FACTORY);
            return kept != null ? kept : own.keep(SERVER_FACTORY, context(own).getServerSocketFactory());
        } catch (NoSuchAlgorithmException | UnsupportedOperationException none) {
            return Gate.PASS;
        }
    }

    /** HttpsURLConnection.getDefaultSSLSocketFactory: what the funclet has set, or its default. */
    public static Object connectionSockets() {
        Own own = own();
        Object set = own == null ? null : own.value(SOCKETS);
        return set != null ? set : sockets();
    }

    public static void connectionMade(Object made) {
        HostnameVerifier own = (HostnameVerifier) Own.peek("hostname verifier");
        if (own != null) {
            ((HttpsURLConnection) made).setHostnameVerifier(own);
        }
    }
}
