// Keeps what it makes in a static, `mebibytes` in all (1 if not given; 0: without end). `how`: map (HashMap of texts), list (byte arrays of
// 64 KiB), linked (small nodes), soft (SoftReferences, which the JVM clears only when the heap is short), weak (a WeakHashMap whose values
// hold their keys), queue (a ConcurrentLinkedQueue filled by a second thread), catching (a list that takes OutOfMemoryError for a reason to go on).
// `pauseMicros` after each 64 KiB (0 if not given) makes it slow.
// What earlier calls kept in this instance stays: many small calls leak as well as one large one.
package hostile.hoard;

import com.google.gson.JsonObject;
import java.lang.ref.SoftReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

public final class Hoard {
    private static final int PIECE_BYTES = 64 << 10;
    private static final Map<Long, String> MAP = new HashMap<>();
    private static final List<byte[]> LIST = new ArrayList<>();
    private static final List<SoftReference<byte[]>> SOFT = new ArrayList<>();
    private static final Map<Object, Object[]> WEAK = new WeakHashMap<>();
    private static final Queue<byte[]> QUEUE = new ConcurrentLinkedQueue<>();
    private static Node first;
    private static long count;

    private static final class Node {
        final Node next;
        final long number;

        Node(Node next, long number) {
            this.next = next;
            this.number = number;
        }
    }

    private Hoard() {}

    public static JsonObject main(JsonObject args) throws InterruptedException {
        String how = args.has("how") ? args.get("how").getAsString() : "list";
        long mebibytes = args.has("mebibytes") ? args.get("mebibytes").getAsLong() : 1;
        long pauseMicros = args.has("pauseMicros") ? args.get("pauseMicros").getAsLong() : 0;
        long pieces = mebibytes == 0 ? Long.MAX_VALUE : mebibytes << 4;
        if (how.equals("queue")) {
            Thread thread = new Thread(() -> keep(how, pieces, pauseMicros), "hostile-hoard");
            thread.start();
            thread.join();
        } else {
            keep(how, pieces, pauseMicros);
        }
        JsonObject result = new JsonObject();
        result.addProperty("kept", MAP.size() + LIST.size() + SOFT.size() + WEAK.size() + QUEUE.size() + count);
        return result;
    }

    private static void keep(String how, long pieces, long pauseMicros) {
        for (long i = 0; i < pieces; i++) {
            if (how.equals("catching")) {
                keepCatching();
            } else {
                keepPiece(how);
            }
            if (pauseMicros > 0) LockSupport.parkNanos(pauseMicros * 1_000);
        }
    }

    private static void keepCatching() {
        try {
            LIST.add(new byte[PIECE_BYTES]);
        } catch (OutOfMemoryError full) {
            LockSupport.parkNanos(10_000);
        }
    }

    private static void keepPiece(String how) {
        switch (how) {
            case "map" -> {
                for (int i = 0; i < 640; i++) MAP.put(count++, Long.toString(count));
            }
            case "list" -> LIST.add(new byte[PIECE_BYTES]);
            case "linked" -> {
                for (int i = 0; i < 2_700; i++) first = new Node(first, count++);
            }
            case "soft" -> SOFT.add(new SoftReference<>(new byte[PIECE_BYTES]));
            case "weak" -> {
                Object key = new Object();
                WEAK.put(key, new Object[] {key, new byte[PIECE_BYTES]});
            }
            case "queue" -> QUEUE.add(new byte[PIECE_BYTES]);
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
    }
}
