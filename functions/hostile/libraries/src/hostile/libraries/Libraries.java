// Library calls of the JDK that take far longer, or make far more, than their arguments look. Over and over for `millis` milliseconds (1000 if not given; 0: for ever). `how`: decimal (BigDecimal.pow), prime (BigInteger.nextProbablePrime),
// format (String.format with a wide width, dropped), xml (entities that double), zip (a deflated gigabyte, inflated and dropped), charset (decoding into ever the same buffer), password (PBKDF2 with many iterations), digest (SHA-512
// over a large array), random (SecureRandom), sort, text (String.split), clone (arraycopy of 64 MiB), checksum (CRC32 of a large array: native code), date (parsing).
// `size` scales a single call (1 if not given).
package hostile.libraries;

import com.google.gson.JsonObject;
import java.io.ByteArrayInputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.xml.parsers.DocumentBuilderFactory;
import org.xml.sax.SAXException;

public final class Libraries {
    private static volatile Object sink;

    private Libraries() {}

    public static JsonObject main(JsonObject args) throws Exception {
        String how = args.has("how") ? args.get("how").getAsString() : "decimal";
        int size = args.has("size") ? args.get("size").getAsInt() : 1;
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 1_000;
        long endNanos = millis == 0 ? Long.MAX_VALUE : System.nanoTime() + millis * 1_000_000;
        long rounds = 0;
        while (System.nanoTime() < endNanos) {
            round(how, size);
            rounds++;
        }
        JsonObject result = new JsonObject();
        result.addProperty("rounds", rounds);
        return result;
    }

    private static void round(String how, int size) throws Exception {
        switch (how) {
            case "decimal" -> sink = new BigDecimal("1.23456789").pow(3_000 * size);
            case "prime" -> sink = BigInteger.ONE.shiftLeft(500 * size).nextProbablePrime();
            case "format" -> sink = String.format("%" + 1_000_000 * size + "d", 1);
            case "xml" -> xml(size);
            case "zip" -> zip(16 * size);
            case "charset" -> charset(size);
            case "password" -> sink = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                    .generateSecret(new PBEKeySpec("secret".toCharArray(), new byte[16], 10_000 * size, 256));
            case "digest" -> sink = MessageDigest.getInstance("SHA-512").digest(new byte[1_000_000 * size]);
            case "random" -> new SecureRandom().nextBytes(new byte[100_000 * size]);
            case "sort" -> Arrays.sort(new Random(7).ints(200_000L * size).boxed().toArray());
            case "text" -> sink = "a,b;c".repeat(20_000 * size).split("[,;]");
            case "clone" -> sink = new byte[Math.min(size, 64) << 20].clone();
            case "checksum" -> new CRC32().update(new byte[Math.min(size, 64) << 20]);
            case "date" -> sink = LocalDate.parse("2024-02-29").plusDays(size).toString();
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
    }

    /** The parser has a limit of its own for entities; then the next parse begins. */
    private static void xml(int size) throws Exception {
        StringBuilder text = new StringBuilder("<!DOCTYPE x [<!ENTITY e0 \"laugh\">");
        for (int i = 1; i < 8 + size; i++) text.append("<!ENTITY e").append(i).append(" \"&e").append(i - 1).append(";&e").append(i - 1).append(";\">");
        text.append("]><x>&e").append(7 + size).append(";</x>");
        try {
            sink = DocumentBuilderFactory.newInstance().newDocumentBuilder()
                    .parse(new ByteArrayInputStream(text.toString().getBytes(StandardCharsets.UTF_8)));
        } catch (SAXException refused) {
            sink = refused;
        }
    }

    private static void zip(int mebibytes) throws Exception {
        Deflater deflater = new Deflater(Deflater.BEST_SPEED);
        Inflater inflater = new Inflater();
        try {
            byte[] zeros = new byte[1 << 20];
            byte[] packed = new byte[1 << 16];
            for (int i = 0; i < mebibytes; i++) {
                deflater.reset();
                deflater.setInput(zeros);
                deflater.finish();
                int length = deflater.deflate(packed);
                inflater.reset();
                inflater.setInput(packed, 0, length);
                while (!inflater.finished()) inflater.inflate(zeros);
            }
        } finally {
            deflater.end();
            inflater.end();
        }
    }

    private static void charset(int size) {
        ByteBuffer bytes = ByteBuffer.wrap("größe ".repeat(10_000).getBytes(StandardCharsets.UTF_8));
        CharBuffer chars = CharBuffer.allocate(100_000);
        for (int i = 0; i < size; i++) {
            StandardCharsets.UTF_8.newDecoder().decode(bytes, chars, true);
            bytes.rewind();
            chars.clear();
        }
    }
}
