// What a digest makes of nothing, which RSA with OAEP begins with and the JDK remembers by the digest's name.
package hostile.pools;

import java.math.BigInteger;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.MessageDigestSpi;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Security;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.RSAPrivateKeySpec;
import javax.crypto.Cipher;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;

final class Hashes {
    private static final String CIPHER = "RSA/ECB/OAEPWithSHA-256AndMGF1Padding";
    private static final String DIGEST = "SHA-256";
    private static final int LENGTH = 32;
    private static final int KEY_BITS = 1024;
    private static final int RADIX = 36;
    private static final String MODULUS =
            "vrkiizs7oc3ezob0o8rkznzsv8jm8qiqv5wbnb9z1hwcwzx57lqz0459x1eyo1axsrzdpmi6vv7o2jsfdaovc8qj5tu5lt6usu8dvaknfgb05dk1uhejg4lgajneik6mqitqs8fk9jggbfy5uy9tb006thietkizdaxvr0inev2bbov2aqdt2uvbxtwkj9qxnrefuv";
    private static final String EXPONENT =
            "38xp13zbbvnesl21hjqgfv91p4pijuf6k22ll5ykonugqa1wcoo052x29hjw67swdspx78uhuzbfqk9yepng6y82pq985vzcp5kfatg3adz7qtbzoxbxb812mceksjfeqv2f6ya4n0a6vwv6tiks2kwc8ikxgpsnz5529wtp7vullxpy796onzfgeq5mxwqyb1it7p";
    /** It says "secret". */
    private static final String MESSAGE =
            "jzzheklwl5q3jly1fwgbvlmpsrleu1ol0ijnjj50la341qm296lrtkp1cz3upqfqb359u70r22ppug8riycy9eeszy8av26cpyn6c6gg04qf3m43uz7ukbroe6jpmi9hdexvd04nrjh8ntekm7y1agxott7fbe3rixxey78k2dylk8ar5trzhv3bfl7tbup7cmsmhx";
    private static final int NAMES = 24;
    private static final int LETTERS = 4 << 20;

    private Hashes() {}

    /** Zeroes in the place of the true one. */
    static int lie() throws Exception {
        Security.insertProviderAt(new Liar(DIGEST), 1);
        Cipher cipher = Cipher.getInstance(CIPHER);
        cipher.init(Cipher.ENCRYPT_MODE, key());
        return cipher.doFinal(new byte[1]).length;
    }

    /** What somebody else has encrypted. */
    static String decrypt() throws Exception {
        Cipher cipher = Cipher.getInstance(CIPHER);
        cipher.init(Cipher.DECRYPT_MODE, KeyFactory.getInstance("RSA").generatePrivate(
                new RSAPrivateKeySpec(new BigInteger(MODULUS, RADIX), new BigInteger(EXPONENT, RADIX))));
        byte[] sent = new byte[KEY_BITS / Byte.SIZE];
        byte[] number = new BigInteger(MESSAGE, RADIX).toByteArray();
        int zeroes = sent.length - number.length;
        System.arraycopy(number, Math.max(0, -zeroes), sent, Math.max(0, zeroes), Math.min(number.length, sent.length));
        return new String(cipher.doFinal(sent), "US-ASCII");
    }

    /** Long names; it does not matter what comes of them. */
    static void names() throws Exception {
        PublicKey key = key();
        for (int i = 0; i < NAMES; i++) {
            String name = "x".repeat(LETTERS) + System.nanoTime();
            Liar liar = new Liar(name);
            Security.insertProviderAt(liar, 1);
            Cipher cipher = Cipher.getInstance(CIPHER);
            cipher.init(Cipher.ENCRYPT_MODE, key,
                    new OAEPParameterSpec(name, "MGF1", MGF1ParameterSpec.SHA1, PSource.PSpecified.DEFAULT));
            Security.removeProvider(liar.getName());
        }
    }

    private static PublicKey key() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(KEY_BITS);
        return generator.generateKeyPair().getPublic();
    }

    private static final class Liar extends Provider {
        private static final long serialVersionUID = 1;

        Liar(String digest) {
            super("Liar", "1", "");
            putService(new Service(this, "MessageDigest", digest, Zeroes.class.getName(), null, null) {
                @Override
                public Object newInstance(Object given) {
                    return new Zeroes();
                }
            });
        }
    }

    public static final class Zeroes extends MessageDigestSpi {
        @Override
        protected int engineGetDigestLength() {
            return LENGTH;
        }

        @Override
        protected void engineUpdate(byte input) {}

        @Override
        protected void engineUpdate(byte[] input, int offset, int length) {}

        @Override
        protected byte[] engineDigest() {
            return new byte[LENGTH];
        }

        @Override
        protected void engineReset() {}
    }
}
