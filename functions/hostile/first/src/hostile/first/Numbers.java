// Random numbers that this jar has as a service, and a source of them that its provider has: each is always the same.
package hostile.first;

import java.security.Provider;
import java.security.SecureRandomSpi;
import java.util.Arrays;
import java.util.random.RandomGenerator;

public final class Numbers implements RandomGenerator {
    private static final byte SEVEN = 7;

    @Override
    public long nextLong() {
        return SEVEN;
    }

    static final class Foreseen extends Provider {
        private static final long serialVersionUID = 1;

        Foreseen() {
            super("Foreseen", "1", "none");
            put("SecureRandom.FORESEEN", Source.class.getName());
        }
    }

    public static final class Source extends SecureRandomSpi {
        private static final long serialVersionUID = 1;

        @Override
        protected void engineSetSeed(byte[] seed) {}

        @Override
        protected void engineNextBytes(byte[] bytes) {
            Arrays.fill(bytes, SEVEN);
        }

        @Override
        protected byte[] engineGenerateSeed(int count) {
            byte[] bytes = new byte[count];
            engineNextBytes(bytes);
            return bytes;
        }
    }
}
