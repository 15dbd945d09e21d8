package flock.boot;

import javax.net.ssl.HostnameVerifier;
import javax.net.ssl.HttpsURLConnection;

/** The hook of connections by HTTPS: a new one takes the funclet's hostname verifier, if it has set one. */
public final class TlsGate {
    private TlsGate() {}

    public static void connectionMade(Object made) {
        HostnameVerifier own = (HostnameVerifier) Own.peek("hostname verifier");
        if (own != null) {
            ((HttpsURLConnection) made).setHostnameVerifier(own);
        }
    }
}
