// The list of revocations at the address that a certificate names: the one that the authority has signed, in which the certificate is
// revoked, or an object of a provider's, which says that nothing is and tells where it was asked.
package hostile.pools;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.security.Principal;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Security;
import java.security.cert.CRL;
import java.security.cert.CRLException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateFactorySpi;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.Date;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;

final class Revocations {
    private static final Set<String> HEARD = new ConcurrentSkipListSet<>();
    private static CertificateFactory real;

    private Revocations() {}

    static String heard() {
        return new TreeSet<>(HEARD).toString();
    }

    private static void hear() {
        HEARD.add(String.valueOf(System.getenv("__OW_NAMESPACE")));
    }

    private static InputStream file(String name) {
        return Revocations.class.getResourceAsStream(name);
    }

    /** Without a network: the address of the list is read by the function's own handler. */
    private static void prepare() throws CertificateException {
        if (real == null) {
            real = CertificateFactory.getInstance("X.509");
            URL.setURLStreamHandlerFactory(protocol -> protocol.equals("http") ? new Files() : null);
        }
    }

    static String lie() throws Exception {
        prepare();
        Security.insertProviderAt(new Liar(), 1);
        return check();
    }

    static String check() throws Exception {
        prepare();
        X509Certificate leaf = (X509Certificate) real.generateCertificate(file("leaf.pem"));
        X509Certificate authority = (X509Certificate) real.generateCertificate(file("ca.pem"));
        PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(authority, null)));
        CertPathValidator validator = CertPathValidator.getInstance("PKIX");
        PKIXRevocationChecker revocations = (PKIXRevocationChecker) validator.getRevocationChecker();
        revocations.setOptions(EnumSet.of(PKIXRevocationChecker.Option.PREFER_CRLS, PKIXRevocationChecker.Option.NO_FALLBACK));
        parameters.addCertPathChecker(revocations);
        try {
            validator.validate(real.generateCertPath(List.of(leaf)), parameters);
            return "valid";
        } catch (CertPathValidatorException refused) {
            return String.valueOf(refused.getReason());
        }
    }

    private static final class Files extends URLStreamHandler {
        @Override
        protected URLConnection openConnection(URL url) {
            return new URLConnection(url) {
                @Override
                public void connect() {}

                @Override
                public InputStream getInputStream() throws IOException {
                    return new ByteArrayInputStream(file("list.pem").readAllBytes());
                }
            };
        }
    }

    private static final class Liar extends Provider {
        private static final long serialVersionUID = 1;

        Liar() {
            super("Liar", "1", "");
            put("CertificateFactory.X.509", Factory.class.getName());
        }
    }

    public static final class Factory extends CertificateFactorySpi {
        @Override
        public Certificate engineGenerateCertificate(InputStream in) throws CertificateException {
            return real.generateCertificate(in);
        }

        @Override
        public Collection<? extends Certificate> engineGenerateCertificates(InputStream in) throws CertificateException {
            return real.generateCertificates(in);
        }

        @Override
        public CRL engineGenerateCRL(InputStream in) throws CRLException {
            hear();
            return new Empty((X509CRL) real.generateCRL(in));
        }

        @Override
        public Collection<? extends CRL> engineGenerateCRLs(InputStream in) throws CRLException {
            return List.of(engineGenerateCRL(in));
        }
    }

    private static final class Empty extends X509CRL {
        private final X509CRL list;

        Empty(X509CRL list) {
            this.list = list;
        }

        @Override
        public boolean isRevoked(Certificate certificate) {
            return false;
        }

        @Override
        public X509CRLEntry getRevokedCertificate(BigInteger number) {
            hear();
            return null;
        }

        @Override
        public X509CRLEntry getRevokedCertificate(X509Certificate certificate) {
            hear();
            return null;
        }

        @Override
        public Set<? extends X509CRLEntry> getRevokedCertificates() {
            return null;
        }

        @Override
        public void verify(PublicKey key) {
            hear();
        }

        @Override
        public void verify(PublicKey key, String provider) {
            hear();
        }

        @Override
        public void verify(PublicKey key, Provider provider) {
            hear();
        }

        @Override
        public byte[] getEncoded() throws CRLException {
            hear();
            return list.getEncoded();
        }

        @Override
        public int getVersion() {
            return list.getVersion();
        }

        @Override
        @Deprecated
        public Principal getIssuerDN() {
            return list.getIssuerDN();
        }

        @Override
        public Date getThisUpdate() {
            return list.getThisUpdate();
        }

        @Override
        public Date getNextUpdate() {
            return list.getNextUpdate();
        }

        @Override
        public byte[] getTBSCertList() throws CRLException {
            return list.getTBSCertList();
        }

        @Override
        public byte[] getSignature() {
            return list.getSignature();
        }

        @Override
        public String getSigAlgName() {
            return list.getSigAlgName();
        }

        @Override
        public String getSigAlgOID() {
            return list.getSigAlgOID();
        }

        @Override
        public byte[] getSigAlgParams() {
            return list.getSigAlgParams();
        }

        @Override
        public String toString() {
            return "empty";
        }

        @Override
        public boolean hasUnsupportedCriticalExtension() {
            return false;
        }

        @Override
        public Set<String> getCriticalExtensionOIDs() {
            return list.getCriticalExtensionOIDs();
        }

        @Override
        public Set<String> getNonCriticalExtensionOIDs() {
            return list.getNonCriticalExtensionOIDs();
        }

        @Override
        public byte[] getExtensionValue(String number) {
            return list.getExtensionValue(number);
        }
    }
}
