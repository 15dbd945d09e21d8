// Holds up everybody's random numbers: the JDK's usual source is one for all. `how`: generate (long seeds), set (a long seed), next (many bytes), spin (no random numbers; to compare with),
// each for `millis`; use (as programs do, counted for `millis`), look (each way to such a source, once).
// The same jar is the attacker in one namespace and the victim in another.
package hostile.seeds;

import com.google.gson.JsonObject;
import java.security.SecureRandom;

public final class Seeds {
    private static final int MANY = 48 << 20;
    private static final int FEW = 8;
    private static final int SEED = 64;
    private static final int LONG_SEED = 10_000;
    private static final int LONG = 100_000;
    private static final int NANOS = 1_000_000;

    private Seeds() {}

    public static JsonObject main(JsonObject args) throws Exception {
        JsonObject result = new JsonObject();
        String how = args.get("how").getAsString();
        if (how.equals("look")) {
            look(result, "usual", new SecureRandom());
            look(result, "strong", SecureRandom.getInstanceStrong());
            for (String name : new String[] {"NativePRNG", "NativePRNGBlocking", "NativePRNGNonBlocking", "SHA1PRNG", "DRBG"}) {
                look(result, name, SecureRandom.getInstance(name));
            }
            result.addProperty("static", filled(SecureRandom.getSeed(LONG_SEED)));
            return result;
        }
        SecureRandom random = new SecureRandom();
        byte[] many = new byte[how.equals("set") || how.equals("next") ? MANY : 0];
        long end = System.nanoTime() + args.get("millis").getAsLong() * NANOS;
        long count = 0;
        for (; System.nanoTime() < end; count++) {
            switch (how) {
                case "generate" -> random.generateSeed(MANY);
                case "set" -> random.setSeed(many);
                case "next" -> random.nextBytes(many);
                case "spin" -> { }
                case "use" -> use(random);
                default -> throw new IllegalArgumentException("unknown 'how'");
            }
        }
        result.addProperty("count", count);
        return result;
    }

    private static void use(SecureRandom random) {
        random.generateSeed(FEW);
        random.setSeed(random.nextLong());
        new SecureRandom().nextBytes(new byte[FEW]);
    }

    private static void look(JsonObject result, String name, SecureRandom random) {
        random.setSeed(1);
        random.setSeed(random.generateSeed(SEED));
        random.setSeed(new byte[LONG]);
        byte[] bytes = new byte[LONG];
        random.nextBytes(bytes);
        String end = filled(bytes) + " " + filled(random.generateSeed(LONG_SEED)) + " " + random.generateSeed(SEED).length + " "
                + random.generateSeed(0).length;
        try {
            random.generateSeed(-1);
        } catch (IllegalArgumentException refused) {
            end += " refused";
        }
        result.addProperty(name, end);
    }

    /** Is every part of it random? */
    private static boolean filled(byte[] bytes) {
        int zeroes = 0;
        for (byte each : bytes) {
            zeroes = each == 0 ? zeroes + 1 : 0;
            if (zeroes > FEW) {
                return false;
            }
        }
        return true;
    }
}
