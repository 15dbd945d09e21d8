// Takes `mebibytes` MiB (1 if not given; 0: without end) outside of the heap and keeps it. `how`: one (a single buffer),
// many (1 MiB each), small (4 KiB each), dropped (kept by nobody: may go on for ever without harm); by arenas, since Java 22, 1 MiB each, all kept by nobody:
// confined, shared (an arena each that is not closed), global (the one that is never closed), closed (an arena each that is closed: without harm),
// automatic (without harm), one-arena (all by one that is kept); writes (a buffer of the heap of 4 MiB is written to pipes that nobody reads, on 8 threads).
// `millis` (0 if not given) is slept at the end.
package hostile.direct;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.util.ArrayList;
import java.util.List;

public final class Direct {
    private static final int THREADS_MAX = 8;
    private static Object arena;
    private static final List<ByteBuffer> KEPT = new ArrayList<>();

    private Direct() {}

    public static JsonObject main(JsonObject args) throws Exception {
        String how = args.has("how") ? args.get("how").getAsString() : "many";
        long mebibytes = args.has("mebibytes") ? args.get("mebibytes").getAsLong() : 1;
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 0;
        int pieceBytes = switch (how) {
            case "one" -> (int) Math.min(Math.max(1, mebibytes) << 20, Integer.MAX_VALUE);
            case "many", "dropped", "confined", "shared", "global", "closed", "automatic", "one-arena" -> 1 << 20;
            case "writes" -> 4 << 20;
            case "small" -> 4 << 10;
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        };
        long pieces = mebibytes == 0 ? Long.MAX_VALUE : (mebibytes << 20) / pieceBytes;
        ByteBuffer written = ByteBuffer.allocate(how.equals("writes") ? pieceBytes : 0);
        for (long i = 0; i < pieces; i++) {
            switch (how) {
                case "confined", "shared", "global", "closed", "automatic", "one-arena" -> {
                    byArena(how, pieceBytes);
                    continue;
                }
                case "writes" -> {
                    if (i < THREADS_MAX) write(written.duplicate());
                    else Thread.sleep(10);
                    continue;
                }
                default -> { }
            }
            ByteBuffer buffer = ByteBuffer.allocateDirect(pieceBytes);
            buffer.put(pieceBytes - 1, (byte) 1);
            if (!how.equals("dropped")) KEPT.add(buffer);
        }
        arena = null;
        if (millis > 0) Thread.sleep(millis);
        JsonObject result = new JsonObject();
        result.addProperty("buffers", KEPT.size());
        return result;
    }

    /** By its name: these classes are not in every JDK. */
    private static void byArena(String how, int bytes) throws ReflectiveOperationException {
        Class<?> type = Class.forName("java.lang.foreign.Arena");
        String factory = switch (how) {
            case "shared" -> "ofShared";
            case "global" -> "global";
            case "automatic", "one-arena" -> "ofAuto";
            default -> "ofConfined";
        };
        if (arena == null || !how.equals("one-arena")) arena = type.getMethod(factory).invoke(null);
        Object segment = type.getMethod("allocate", long.class, long.class).invoke(arena, (long) bytes, 1L);
        Class.forName("java.lang.foreign.MemorySegment").getMethod("fill", byte.class).invoke(segment, (byte) 1);
        if (how.equals("closed")) type.getMethod("close").invoke(arena);
    }

    private static void write(ByteBuffer bytes) throws IOException {
        Pipe pipe = Pipe.open();
        Thread thread = new Thread(() -> {
            try {
                pipe.sink().write(bytes);
            } catch (IOException closed) {
                // The end of the action.
            }
        });
        thread.setDaemon(true);
        thread.start();
    }
}
