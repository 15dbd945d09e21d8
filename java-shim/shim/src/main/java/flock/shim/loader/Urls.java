package flock.shim.loader;

import flock.shim.image.Entry;
import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.nio.charset.StandardCharsets;

/**
 * The URLs of one funclet's resources: flock://FUNCLET/pkg/name.txt, opened by this handler and by no other.
 *
 * The funclet's number makes the URLs of two funclets differ in the JDK's caches. Such a URL opens while it is
 * handed on as a URL; made again from its text it is an unknown protocol, for there is no JVM-wide handler.
 *
 * The JDK keeps such URLs (of code sources, for one) for as long as it lives, so they must not keep the funclet.
 */
final class Urls extends URLStreamHandler {
    private static final String UNESCAPED = "/-_.~!$&'()*+,;=:@";

    private static final String PROTOCOL = "flock";
    private static final int NO_PORT = -1;

    private final Reference<FuncletLoader> loader;
    private final long funclet;

    Urls(FuncletLoader loader, long funclet) {
        this.loader = new WeakReference<>(loader);
        this.funclet = funclet;
    }

    /** Kept for each funclet: from its parts, because a URL from a text holds a copy of each part. */
    URL root() {
        try {
            return new URL(PROTOCOL, Long.toUnsignedString(funclet), NO_PORT, "/", this);
        } catch (MalformedURLException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    URL of(String name) {
        return url("/" + escape(name));
    }

    private URL url(String path) {
        try {
            return new URL(null, PROTOCOL + "://" + Long.toUnsignedString(funclet) + path, this);
        } catch (MalformedURLException impossible) {
            throw new IllegalArgumentException(path, impossible);
        }
    }

    private static String escape(String name) {
        StringBuilder out = new StringBuilder(name.length() + 16);
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            if (c < 0x80 && (Character.isLetterOrDigit(c) || UNESCAPED.indexOf(c) >= 0)) {
                out.append(c);
            } else {
                out.append('%').append(Character.toUpperCase(Character.forDigit(c >> 4, 16)))
                        .append(Character.toUpperCase(Character.forDigit(c & 15, 16)));
            }
        }
        return out.toString();
    }

    private static String unescape(String path) {
        byte[] in = path.getBytes(StandardCharsets.UTF_8);
        byte[] out = new byte[in.length];
        int length = 0;
        for (int i = 0; i < in.length; i++) {
            int high = in[i] == '%' && i + 2 < in.length ? Character.digit(in[i + 1], 16) : -1;
            int low = high < 0 ? -1 : Character.digit(in[i + 2], 16);
            if (low < 0) {
                out[length++] = in[i];
            } else {
                out[length++] = (byte) (high << 4 | low);
                i += 2;
            }
        }
        return new String(out, 0, length, StandardCharsets.UTF_8);
    }

    /** Keeps equals and hashCode of a URL from asking the name service for the host. */
    @Override
    protected InetAddress getHostAddress(URL url) {
        return null;
    }

    @Override
    protected URLConnection openConnection(URL url) {
        return new Connection(url, loader.get());
    }

    private static final class Connection extends URLConnection {
        /** Null: it is gone. */
        private final FuncletLoader loader;
        private byte[] content;

        Connection(URL url, FuncletLoader loader) {
            super(url);
            this.loader = loader;
        }

        @Override
        public void connect() throws IOException {
            if (connected) {
                return;
            }
            String path = unescape(url.getPath());
            Entry entry = loader == null ? null : loader.find(path.startsWith("/") ? path.substring(1) : path);
            if (entry == null) {
                throw new FileNotFoundException(url.toString());
            }
            content = entry.copy();
            connected = true;
        }

        @Override
        public InputStream getInputStream() throws IOException {
            connect();
            return new ByteArrayInputStream(content);
        }

        @Override
        public long getContentLengthLong() {
            return openable() ? content.length : -1;
        }

        @Override
        public int getContentLength() {
            return (int) getContentLengthLong();
        }

        @Override
        public String getContentType() {
            return guessContentTypeFromName(url.getPath());
        }

        private boolean openable() {
            try {
                connect();
                return true;
            } catch (IOException missing) {
                return false;
            }
        }
    }
}
