package flock.shim.call;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

/**
 * What the host says about one call besides its payload. Immutable, so that the function's other threads may ask for
 * its environment while the lane goes on.
 *
 * Frame (big endian): 32 bytes activation id, 8 deadline in epoch milliseconds, 4 result limit, 2 length of the
 * transaction id, 2 length of the key, the transaction id, the key that is lent for the call, then the payload.
 */
final class Request {
    private static final int ID_BYTES = 32;
    private static final int LIMIT_AT = 40;
    private static final int TRANSACTION_LENGTH_AT = 44;
    private static final int KEY_LENGTH_AT = 46;
    private static final int TRANSACTION_AT = 48;

    private final byte[] head;
    private volatile Map<String, String> env;

    Request(byte[] frame, int length) {
        int end = length < TRANSACTION_AT ? Integer.MAX_VALUE
                : TRANSACTION_AT + (int) (number(frame, TRANSACTION_LENGTH_AT, 2) + number(frame, KEY_LENGTH_AT, 2));
        if (end > length) {
            throw new IllegalArgumentException("the request frame is cut off");
        }
        head = Arrays.copyOf(frame, end);
    }

    int payloadOffset() {
        return head.length;
    }

    int resultLimitBytes() {
        return (int) number(head, LIMIT_AT, 4);
    }

    /** Without room for a result the function is initialised and not run. */
    boolean runs() {
        return resultLimitBytes() != 0;
    }

    String activationId() {
        return new String(head, 0, ID_BYTES, StandardCharsets.ISO_8859_1);
    }

    String transactionId() {
        return new String(head, TRANSACTION_AT, (int) number(head, TRANSACTION_LENGTH_AT, 2), StandardCharsets.UTF_8);
    }

    /** The key for this call alone, or null. */
    String apiKey() {
        int length = (int) number(head, KEY_LENGTH_AT, 2);
        return length == 0 ? null : new String(head, head.length - length, length, StandardCharsets.ISO_8859_1);
    }

    long deadlineEpochMillis() {
        return number(head, ID_BYTES, 8);
    }

    /** The environment of this call, made when it is first asked for. */
    Map<String, String> env(Environment base) {
        Map<String, String> made = env;
        if (made == null) {
            made = base.during(this);
            env = made;
        }
        return made;
    }

    /** One variable, without making the whole environment. */
    String env(Environment base, String name) {
        return base.during(this, name);
    }

    private static long number(byte[] in, int at, int bytes) {
        long value = 0;
        for (int i = at; i < at + bytes; i++) {
            value = value << 8 | in[i] & 0xff;
        }
        return value;
    }
}
