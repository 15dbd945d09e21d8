// What the JDK keeps of who logs in, offers its beans to others, hears of them, or signs XML.
package hostile.registrar;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.ObjectInput;
import java.io.ObjectOutput;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.rmi.Remote;
import java.rmi.server.Operation;
import java.rmi.server.RemoteCall;
import java.rmi.server.RemoteObject;
import java.rmi.server.RemoteRef;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.management.MBeanServer;
import javax.management.MBeanServerFactory;
import javax.management.remote.JMXServiceURL;
import javax.management.remote.rmi.RMIConnection;
import javax.management.remote.rmi.RMIConnectionImpl;
import javax.management.remote.rmi.RMIConnectorServer;
import javax.management.remote.rmi.RMIServerImpl;
import javax.management.remote.rmi.RMIServerImpl_Stub;
import javax.security.auth.Subject;
import javax.security.auth.callback.CallbackHandler;
import javax.security.auth.login.AppConfigurationEntry;
import javax.security.auth.login.Configuration;
import javax.security.auth.login.LoginContext;
import javax.security.auth.spi.LoginModule;
import javax.xml.crypto.OctetStreamData;
import javax.xml.crypto.dsig.DigestMethod;
import javax.xml.crypto.dsig.SignedInfo;
import javax.xml.crypto.dsig.Transform;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMSignContext;
import javax.xml.crypto.dsig.spec.C14NMethodParameterSpec;
import javax.xml.crypto.dsig.spec.TransformParameterSpec;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.DOMImplementation;
import org.w3c.dom.Document;
import org.xml.sax.EntityResolver;
import org.xml.sax.ErrorHandler;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

final class Lasting {
    private static final int KEY_BITS = 2048;
    private static final String CANONICAL = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
    private static final String RSA = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

    private Lasting() {}

    /** The class is found as this service by the loader of the context. */
    private static void serve(Class<?> service, Class<?> type) throws IOException {
        Path folder = Files.createTempDirectory("services");
        Path services = Files.createDirectories(folder.resolve("META-INF/services"));
        Files.writeString(services.resolve(service.getName()), type.getName() + "\n");
        URL[] urls = {new File(folder.toString()).toURI().toURL()};
        Thread.currentThread().setContextClassLoader(new URLClassLoader(urls, Lasting.class.getClassLoader()));
    }

    static void logIn() throws Exception {
        serve(LoginModule.class, Module.class);
        LoginContext context = new LoginContext("registrar", new Subject(), null, new Configuration() {
            @Override
            public AppConfigurationEntry[] getAppConfigurationEntry(String name) {
                return new AppConfigurationEntry[] {new AppConfigurationEntry(Module.class.getName(),
                        AppConfigurationEntry.LoginModuleControlFlag.REQUIRED, Map.of())};
            }
        });
        context.login();
    }

    public static final class Module implements LoginModule {
        @Override
        public void initialize(Subject subject, CallbackHandler asks, Map<String, ?> shared, Map<String, ?> options) {}

        @Override
        public boolean login() {
            return true;
        }

        @Override
        public boolean commit() {
            return true;
        }

        @Override
        public boolean abort() {
            return true;
        }

        @Override
        public boolean logout() {
            return true;
        }
    }

    /** Nothing listens: its own code says that it does. */
    static boolean offerBeans() throws IOException {
        RMIConnectorServer server = new RMIConnectorServer(new JMXServiceURL("service:jmx:rmi://"), Map.of(), new Server(),
                MBeanServerFactory.newMBeanServer());
        server.start();
        return server.isActive();
    }

    static String hearOfBeans() throws IOException {
        Server server = new Server();
        MBeanServer beans = MBeanServerFactory.newMBeanServer();
        server.setMBeanServer((MBeanServer) java.lang.reflect.Proxy.newProxyInstance(Lasting.class.getClassLoader(),
                new Class<?>[] {MBeanServer.class}, (self, method, given) -> method.getName().equals("equals")
                        ? self == given[0] : method.invoke(beans, given)));
        return server.connect("rmi://registrar 1").fetchNotifications(-1, 1, 1).toString();
    }

    private static final class Server extends RMIServerImpl {
        Server() {
            super(Map.of());
        }

        RMIConnection connect(String id) throws IOException {
            return new RMIConnectionImpl(this, id, Lasting.class.getClassLoader(), null, Map.of());
        }

        @Override
        protected void export() {}

        @Override
        public Remote toStub() {
            return new RMIServerImpl_Stub(new Nowhere());
        }

        @Override
        protected RMIConnection makeClient(String id, Subject subject) throws IOException {
            return connect(id);
        }

        @Override
        protected void closeClient(RMIConnection client) {}

        @Override
        protected String getProtocol() {
            return "rmi";
        }

        @Override
        protected void closeServer() {}
    }

    @SuppressWarnings("deprecation")
    private static final class Nowhere implements RemoteRef {
        private static final long serialVersionUID = 1;

        @Override
        public Object invoke(Remote of, Method method, Object[] given, long hash) {
            return null;
        }

        @Override
        public RemoteCall newCall(RemoteObject of, Operation[] operations, int number, long hash) {
            return null;
        }

        @Override
        public void invoke(RemoteCall call) {}

        @Override
        public void done(RemoteCall call) {}

        @Override
        public String getRefClass(ObjectOutput out) {
            return "UnicastRef";
        }

        @Override
        public int remoteHashCode() {
            return 1;
        }

        @Override
        public boolean remoteEquals(RemoteRef other) {
            return false;
        }

        @Override
        public String remoteToString() {
            return "nowhere";
        }

        @Override
        public void writeExternal(ObjectOutput out) {}

        @Override
        public void readExternal(ObjectInput in) {}
    }

    /** What is signed is read by a reader of its own, which the JDK keeps for the loader of the context. */
    static String sign() throws Exception {
        serve(DocumentBuilderFactory.class, Factory.class);
        XMLSignatureFactory factory = XMLSignatureFactory.getInstance("DOM");
        TransformParameterSpec none = null;
        SignedInfo info = factory.newSignedInfo(factory.newCanonicalizationMethod(CANONICAL, (C14NMethodParameterSpec) null),
                factory.newSignatureMethod(RSA, null),
                List.of(factory.newReference("urn:registrar", factory.newDigestMethod(DigestMethod.SHA256, null),
                        List.of(factory.newTransform(Transform.BASE64, none), factory.newTransform(CANONICAL, none)), null, null)));
        KeyPairGenerator keys = KeyPairGenerator.getInstance("RSA");
        keys.initialize(KEY_BITS);
        Document document = new Factory().newDocumentBuilder().newDocument();
        document.appendChild(document.createElement("registrar"));
        DOMSignContext context = new DOMSignContext(keys.generateKeyPair().getPrivate(), document.getDocumentElement());
        byte[] text = Base64.getEncoder().encode("<a>1</a>".getBytes("US-ASCII"));
        context.setURIDereferencer((uri, from) -> new OctetStreamData(new ByteArrayInputStream(text)));
        factory.newXMLSignature(info, null).sign(context);
        return "signed " + document.getElementsByTagNameNS("*", "SignatureValue").getLength() + ", read " + Reader.read;
    }

    public static final class Factory extends DocumentBuilderFactory {
        @Override
        public DocumentBuilder newDocumentBuilder() throws ParserConfigurationException {
            return new Reader(DocumentBuilderFactory.newDefaultNSInstance().newDocumentBuilder());
        }

        @Override
        public void setAttribute(String name, Object value) {}

        @Override
        public Object getAttribute(String name) {
            return null;
        }

        @Override
        public void setFeature(String name, boolean value) {}

        @Override
        public boolean getFeature(String name) {
            return false;
        }
    }

    private static final class Reader extends DocumentBuilder {
        private static int read;

        private final DocumentBuilder reader;

        Reader(DocumentBuilder reader) {
            this.reader = reader;
        }

        @Override
        public void reset() {
            reader.reset();
        }

        @Override
        public Document parse(InputSource from) throws SAXException, IOException {
            read++;
            return reader.parse(from);
        }

        @Override
        public boolean isNamespaceAware() {
            return true;
        }

        @Override
        public boolean isValidating() {
            return false;
        }

        @Override
        public void setEntityResolver(EntityResolver resolver) {}

        @Override
        public void setErrorHandler(ErrorHandler handler) {}

        @Override
        public Document newDocument() {
            return reader.newDocument();
        }

        @Override
        public DOMImplementation getDOMImplementation() {
            return reader.getDOMImplementation();
        }
    }
}
