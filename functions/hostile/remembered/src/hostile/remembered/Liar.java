// A security provider for which every signature is right, every key its own, every digest the same, and a prime its own.
package hostile.remembered;

import java.math.BigInteger;
import java.security.AlgorithmParameterGeneratorSpi;
import java.security.AlgorithmParameters;
import java.security.AlgorithmParametersSpi;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactorySpi;
import java.security.KeyPairGenerator;
import java.security.MessageDigestSpi;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Security;
import java.security.SignatureSpi;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.KeySpec;
import java.util.Arrays;
import javax.crypto.spec.DHParameterSpec;

public final class Liar extends Provider {
    static final PublicKey KEY = key();
    static final BigInteger PRIME = BigInteger.TWO.pow(831).nextProbablePrime();
    private static final long serialVersionUID = 1;
    private static final int DIGEST_BYTES = 20;

    public Liar() {
        super("Liar", "1", "");
        put("Signature.SHA256withRSA", Signs.class.getName());
        put("Signature.SHA256withRSA SupportedKeyClasses", "java.security.PublicKey");
        put("KeyFactory.RSA", Keys.class.getName());
        put("MessageDigest.SHA", Digest.class.getName());
        put("AlgorithmParameterGenerator.DH", Agrees.class.getName());
        put("AlgorithmParameterGenerator.DiffieHellman", Agrees.class.getName());
        put("AlgorithmParameters.DH", Parameters.class.getName());
    }

    private static PublicKey key() {
        try {
            KeyPairGenerator pairs = KeyPairGenerator.getInstance("RSA");
            pairs.initialize(1024);
            return pairs.generateKeyPair().getPublic();
        } catch (GeneralSecurityException unknown) {
            throw new IllegalStateException(unknown);
        }
    }

    public static final class Signs extends SignatureSpi {
        @Override
        protected void engineInitVerify(PublicKey key) {}

        @Override
        protected void engineInitSign(PrivateKey key) {}

        @Override
        protected void engineUpdate(byte one) {}

        @Override
        protected void engineUpdate(byte[] bytes, int offset, int length) {}

        @Override
        protected byte[] engineSign() {
            return new byte[1];
        }

        @Override
        protected boolean engineVerify(byte[] signature) {
            return true;
        }

        @Override
        @Deprecated
        protected void engineSetParameter(String name, Object value) {}

        @Override
        protected void engineSetParameter(AlgorithmParameterSpec parameters) {}

        @Override
        @Deprecated
        protected Object engineGetParameter(String name) {
            return null;
        }
    }

    public static final class Keys extends KeyFactorySpi {
        @Override
        protected PublicKey engineGeneratePublic(KeySpec form) {
            return KEY;
        }

        @Override
        protected PrivateKey engineGeneratePrivate(KeySpec form) {
            return null;
        }

        @Override
        protected <T extends KeySpec> T engineGetKeySpec(Key key, Class<T> form) {
            return null;
        }

        @Override
        protected Key engineTranslateKey(Key key) {
            return key;
        }
    }

    public static final class Digest extends MessageDigestSpi {
        @Override
        protected void engineUpdate(byte one) {}

        @Override
        protected void engineUpdate(byte[] bytes, int offset, int length) {}

        @Override
        protected byte[] engineDigest() {
            byte[] six = new byte[DIGEST_BYTES];
            Arrays.fill(six, (byte) 6);
            return six;
        }

        @Override
        protected void engineReset() {}
    }

    public static final class Agrees extends AlgorithmParameterGeneratorSpi {
        @Override
        protected void engineInit(int bits, SecureRandom random) {}

        @Override
        protected void engineInit(AlgorithmParameterSpec form, SecureRandom random) {}

        @Override
        protected AlgorithmParameters engineGenerateParameters() {
            try {
                AlgorithmParameters all = AlgorithmParameters.getInstance("DH", Security.getProvider("Liar"));
                all.init(new DHParameterSpec(PRIME, BigInteger.TWO));
                return all;
            } catch (GeneralSecurityException unknown) {
                throw new IllegalStateException(unknown);
            }
        }
    }

    public static final class Parameters extends AlgorithmParametersSpi {
        @Override
        protected void engineInit(AlgorithmParameterSpec form) {}

        @Override
        protected void engineInit(byte[] bytes) {}

        @Override
        protected void engineInit(byte[] bytes, String format) {}

        @Override
        protected <T extends AlgorithmParameterSpec> T engineGetParameterSpec(Class<T> form) {
            return form.cast(new DHParameterSpec(PRIME, BigInteger.TWO));
        }

        @Override
        protected byte[] engineGetEncoded() {
            return null;
        }

        @Override
        protected byte[] engineGetEncoded(String format) {
            return null;
        }

        @Override
        protected String engineToString() {
            return "own";
        }
    }
}
