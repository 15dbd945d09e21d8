// Uses a CPU without pause. `how`: loop, regex, big-integer, copy, allocate, counted (an int loop without a call), nested (two of them), concat, sort (with
// a comparator that contradicts itself), search (a text of 20 million letters for one of 200,000), powers (of numbers of a million bits), copies, compares and checksums (of arrays of 40 MiB,
// in counted loops around one call that becomes machine code without a safepoint); `millis` bounds it, 0 (if not given) means for ever. counted and nested run two thousand million turns between looks at their bound;
// search, powers, copies, compares and checksums first make the compiler replace the JDK's method by machine code that no stop reaches, if it has such.
// regex, big-integer, copy, sort, search and powers spend their time inside JDK code; their bound is looked at between rounds.
package hostile.spin;

import com.google.gson.JsonObject;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

public final class Spin {
    private static volatile Object sink;

    private Spin() {}

    public static JsonObject main(JsonObject args) {
        String how = args.has("how") ? args.get("how").getAsString() : "loop";
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 0;
        long endNanos = System.nanoTime() + millis * 1_000_000;
        long rounds = 0;
        while (millis == 0 || System.nanoTime() < endNanos) {
            round(how, rounds++);
        }
        JsonObject result = new JsonObject();
        result.addProperty("rounds", rounds);
        return result;
    }

    private static void round(String how, long round) {
        switch (how) {
            case "loop" -> { }
            case "regex" -> sink = Pattern.compile("(a+)+b").matcher("a".repeat(22)).matches();
            case "big-integer" -> sink = BigInteger.valueOf(round + 3).pow(20_000).mod(BigInteger.valueOf(7));
            case "copy" -> {
                byte[] bytes = new byte[1 << 20];
                System.arraycopy(bytes, 0, bytes, 1, bytes.length - 1);
                sink = bytes;
            }
            case "allocate" -> sink = new byte[1024];
            case "counted" -> sink = counted((int) round);
            case "nested" -> sink = nested((int) round);
            case "concat" -> sink = concat();
            case "sort" -> sort();
            case "search" -> sink = search();
            case "powers" -> sink = powers();
            case "copies", "compares", "checksums" -> sink = large(how);
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
    }

    /** A compiler may leave out the safepoint poll of such a loop. */
    private static int counted(int seed) {
        int value = seed;
        for (int i = 0; i < Integer.MAX_VALUE; i++) value = value * 31 + i;
        return value;
    }

    private static int nested(int seed) {
        int value = seed;
        for (int i = 0; i < 46_000; i++) {
            for (int j = 0; j < 46_000; j++) value = value * 31 + (i ^ j);
        }
        return value;
    }

    private static String concat() {
        String text = "";
        for (int i = 0; i < 3_000; i++) text += i;
        return text;
    }

    private static void sort() {
        Random random = new Random(7);
        Integer[] numbers = new Integer[50_000];
        Arrays.setAll(numbers, i -> i);
        try {
            Arrays.sort(numbers, (a, b) -> random.nextInt(3) - 1);
        } catch (IllegalArgumentException noticed) {
            sink = noticed;
        }
    }

    private static int search() {
        String text = "a".repeat(40);
        int found = 0;
        for (int i = 0; i < 300_000; i++) found += text.indexOf("a".repeat(12) + (i & 1));
        return found + "a".repeat(20_000_000).indexOf("a".repeat(200_000) + "b");
    }

    private static long large(String how) {
        byte[] small = new byte[64];
        long result = 0;
        for (int i = 0; i < 30; i++) result += large(how, small, small.clone(), 60_000);
        byte[] large = new byte[40 << 20];
        return result + large(how, large, large.clone(), Integer.MAX_VALUE);
    }

    private static long large(String how, byte[] from, byte[] to, int turns) {
        return switch (how) {
            case "copies" -> copies(from, to, turns);
            case "compares" -> compares(from, to, turns);
            default -> checksums(from, turns);
        };
    }

    private static long copies(byte[] from, byte[] to, int turns) {
        for (int i = 0; i < turns; i++) System.arraycopy(from, 0, to, 0, from.length);
        return to[0];
    }

    private static long compares(byte[] from, byte[] to, int turns) {
        int same = 0;
        for (int i = 0; i < turns; i++) {
            if (Arrays.equals(from, to)) same++;
        }
        return same;
    }

    private static long checksums(byte[] from, int turns) {
        CRC32C sum = new CRC32C();
        for (int i = 0; i < turns; i++) sum.update(from, 0, from.length);
        return sum.getValue();
    }

    private static BigInteger powers() {
        Random random = new Random(7);
        BigInteger small = new BigInteger(20_000, random).setBit(0);
        BigInteger exponent = BigInteger.valueOf(1L << 62);
        for (int i = 0; i < 30; i++) sink = small.shiftRight(1).modPow(exponent, small);
        BigInteger large = new BigInteger(1_000_000, random).setBit(0);
        return large.shiftRight(1).modPow(exponent, large);
    }
}
