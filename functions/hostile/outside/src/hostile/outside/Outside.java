// Takes what the process has outside of the heap and keeps it, `count` pieces (4 if not given; 0: without end). `how`: stacks (threads with a stack
// of `mebibytes` MiB each, 16 if not given, of which they use all), mappings (one page of a file mapped again and again), lines (what Java2D
// has of `count` lines that it is to draw; 0: 20 million).
// What has no end sleeps once it is refused a thread or has half of the mappings that a process may have.
package hostile.outside;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

public final class Outside {
    private static final int PAGE_BYTES = 4096;
    private static final int MAPPINGS_MAX = 32_000;
    private static final int THREADS_MAX = 32;
    private static final int LINES_MAX = 20_000_000;
    private static final List<Object> KEPT = new ArrayList<>();

    private Outside() {}

    public static JsonObject main(JsonObject args) throws Exception {
        String how = args.has("how") ? args.get("how").getAsString() : "mappings";
        int count = args.has("count") ? args.get("count").getAsInt() : 4;
        int mebibytes = args.has("mebibytes") ? args.get("mebibytes").getAsInt() : 16;
        switch (how) {
            case "stacks" -> stacks(count == 0 ? THREADS_MAX : count, mebibytes);
            case "mappings" -> mappings(count == 0 ? MAPPINGS_MAX : count);
            case "lines" -> Lines.draw(count == 0 ? LINES_MAX : count, () -> rest(count == 0));
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        if (count == 0) Thread.sleep(600_000);
        JsonObject result = new JsonObject();
        result.addProperty("kept", KEPT.size());
        KEPT.clear();
        return result;
    }

    private static void rest(boolean isLong) {
        try {
            Thread.sleep(isLong ? 600_000 : 0);
        } catch (InterruptedException ended) {
            throw new IllegalStateException(ended);
        }
    }

    private static void stacks(int count, int mebibytes) throws InterruptedException {
        CountDownLatch end = new CountDownLatch(count);
        for (int i = 0; i < count; i++) {
            Thread thread = new Thread(null, () -> descend(end), "deep-" + i, (long) mebibytes << 20);
            thread.setDaemon(true);
            KEPT.add(thread);
            thread.start();
        }
        end.await();
    }

    private static void descend(CountDownLatch end) {
        try {
            if (deepen(Long.MAX_VALUE, 1, 2, 3, 4) == 0) throw new IllegalStateException("there is no such stack");
        } catch (StackOverflowError used) {
            // All of it was used.
        }
        end.countDown();
    }

    private static long deepen(long frames, long a, long b, long c, long d) {
        return frames == 0 ? a + b + c + d : 1 + deepen(frames - 1, b, c, d, a);
    }

    private static void mappings(int count) throws IOException {
        Path file = Files.createTempFile("outside", null);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            for (int i = 0; i < count; i++) {
                MappedByteBuffer page = channel.map(FileChannel.MapMode.READ_WRITE, 0, PAGE_BYTES);
                page.put(0, (byte) 1);
                KEPT.add(page);
            }
        } finally {
            Files.deleteIfExists(file);
        }
    }
}
