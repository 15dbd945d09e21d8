// Sockets of its own under the JDK's HTTPS: the JDK keeps the idle connection, and closes it later on a thread that it has one of.
package hostile.escape;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.HandshakeCompletedListener;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

final class Sockets {
    private Sockets() {}

    /** Tells what the JDK keeps after the answer was read. */
    static Object kept() throws Exception {
        Factory factory = new Factory();
        HttpsURLConnection connection = (HttpsURLConnection) new URL("https://192.0.2.1/").openConnection();
        connection.setSSLSocketFactory(factory);
        try (InputStream in = connection.getInputStream()) {
            String answer = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            if (!answer.equals("ok")) throw new IllegalStateException(answer);
        }
        if (factory.last.closedBy == null) return "an open connection";
        return factory.last.closedBy == Thread.currentThread() ? null : factory.last.closedBy;
    }

    private static final class Factory extends SSLSocketFactory {
        private Own last;

        @Override
        public Socket createSocket() {
            last = new Own();
            return last;
        }

        @Override
        public Socket createSocket(Socket over, String host, int port, boolean closes) {
            return createSocket();
        }

        @Override
        public Socket createSocket(String host, int port) {
            return createSocket();
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress from, int fromPort) {
            return createSocket();
        }

        @Override
        public Socket createSocket(InetAddress host, int port) {
            return createSocket();
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress from, int fromPort) {
            return createSocket();
        }

        @Override
        public String[] getDefaultCipherSuites() {
            return new String[0];
        }

        @Override
        public String[] getSupportedCipherSuites() {
            return new String[0];
        }
    }

    /** It goes nowhere, and has one answer. */
    private static final class Own extends SSLSocket {
        private final InputStream in = new ByteArrayInputStream(
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok".getBytes(StandardCharsets.UTF_8));
        private volatile Thread closedBy;

        @Override
        public void close() {
            closedBy = Thread.currentThread();
        }

        @Override
        public void connect(SocketAddress to, int timeout) {}

        @Override
        public void connect(SocketAddress to) {}

        @Override
        public InputStream getInputStream() {
            return in;
        }

        @Override
        public OutputStream getOutputStream() {
            return OutputStream.nullOutputStream();
        }

        @Override
        public void setTcpNoDelay(boolean on) {}

        @Override
        public void setSoTimeout(int millis) {}

        @Override
        public int getSoTimeout() {
            return 0;
        }

        @Override
        public String[] getSupportedCipherSuites() {
            return new String[0];
        }

        @Override
        public String[] getEnabledCipherSuites() {
            return new String[0];
        }

        @Override
        public void setEnabledCipherSuites(String[] suites) {}

        @Override
        public String[] getSupportedProtocols() {
            return new String[0];
        }

        @Override
        public String[] getEnabledProtocols() {
            return new String[0];
        }

        @Override
        public void setEnabledProtocols(String[] protocols) {}

        @Override
        public SSLSession getSession() {
            return null;
        }

        @Override
        public void addHandshakeCompletedListener(HandshakeCompletedListener listener) {}

        @Override
        public void removeHandshakeCompletedListener(HandshakeCompletedListener listener) {}

        @Override
        public void startHandshake() {}

        @Override
        public void setUseClientMode(boolean mode) {}

        @Override
        public boolean getUseClientMode() {
            return true;
        }

        @Override
        public void setNeedClientAuth(boolean need) {}

        @Override
        public boolean getNeedClientAuth() {
            return false;
        }

        @Override
        public void setWantClientAuth(boolean want) {}

        @Override
        public boolean getWantClientAuth() {
            return false;
        }

        @Override
        public void setEnableSessionCreation(boolean creates) {}

        @Override
        public boolean getEnableSessionCreation() {
            return true;
        }
    }
}
