// Logs in at servers by what the JDK remembers: passwords and connections of HttpURLConnection, pooled connections to directories.
package hostile.commons;

import java.io.IOException;
import java.io.InputStream;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.CookieManager;
import java.net.HttpURLConnection;
import java.net.PasswordAuthentication;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Hashtable;
import javax.naming.NamingException;
import javax.naming.directory.InitialDirContext;

final class Logins {
    private Logins() {}

    static String fetch(String url, String user, String word) throws IOException {
        if (user != null) {
            CookieHandler.setDefault(new CookieManager());
            Authenticator.setDefault(new Authenticator() {
                @Override
                protected PasswordAuthentication getPasswordAuthentication() {
                    return new PasswordAuthentication(user, word.toCharArray());
                }
            });
        }
        HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
        int status = connection.getResponseCode();
        // Read to its end, so that the connection is kept.
        try (InputStream body = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            return status + " " + new String(body.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    static String directory(String url) throws NamingException {
        Hashtable<String, String> where = new Hashtable<>();
        where.put("java.naming.factory.initial", "com.sun.jndi.ldap.LdapCtxFactory");
        where.put("java.naming.provider.url", url);
        where.put("com.sun.jndi.ldap.connect.pool", "true");
        where.put("com.sun.jndi.ldap.connect.timeout", "5000");
        where.put("com.sun.jndi.ldap.read.timeout", "5000");
        InitialDirContext context = new InitialDirContext(where);
        try {
            return "connected " + context.getNameInNamespace();
        } finally {
            context.close();
        }
    }
}
