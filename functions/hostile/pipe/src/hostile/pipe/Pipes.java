// Waits on a pipe inside the process for `millis` milliseconds (1000 if not given; 0: for ever). `how`: channel (java.nio.channels.Pipe: a read in the kernel), write (the same, full),
// stream (PipedInputStream), watch (a WatchService on the function's temporary directory), reopened (the pipe once more by its path under /proc, past its channel).
package hostile.pipe;

import com.google.gson.JsonObject;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.Pipe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.util.concurrent.TimeUnit;

public final class Pipes {
    private Pipes() {}

    public static JsonObject main(JsonObject args) throws Exception {
        String how = args.has("how") ? args.get("how").getAsString() : "channel";
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 1_000;
        JsonObject result = new JsonObject();
        switch (how) {
            case "channel", "write", "reopened" -> inKernel(how, millis);
            case "stream" -> {
                PipedInputStream in = new PipedInputStream();
                PipedOutputStream out = new PipedOutputStream(in);
                later(millis, out::close);
                result.addProperty("read", in.read());
            }
            case "watch" -> {
                Path folder = Files.createTempDirectory("hostile");
                try (WatchService watch = folder.getFileSystem().newWatchService()) {
                    folder.register(watch, StandardWatchEventKinds.ENTRY_CREATE);
                    watch.poll(millis == 0 ? Long.MAX_VALUE : millis, TimeUnit.MILLISECONDS);
                } finally {
                    Files.delete(folder);
                }
            }
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        return result;
    }

    private static void inKernel(String how, long millis) throws IOException {
        Pipe pipe = Pipe.open();
        later(millis, () -> {
            pipe.source().close();
            pipe.sink().close();
        });
        try {
            switch (how) {
                case "channel" -> pipe.source().read(ByteBuffer.allocate(16));
                case "reopened" -> readAgain();
                default -> {
                    while (true) pipe.sink().write(ByteBuffer.allocate(1 << 16));
                }
            }
        } catch (AsynchronousCloseException expected) {
            // The bound.
        } catch (IOException broken) {
            if (!how.equals("write")) throw broken;
        }
    }

    /** The newest pipe among the descriptors of the process is the one that was just made. */
    private static void readAgain() throws IOException {
        String newest = null;
        for (int number = 0; number < 4096; number++) {
            Path path = Path.of("/proc/self/fd/" + number);
            if (Files.isSymbolicLink(path) && Files.readSymbolicLink(path).toString().startsWith("pipe:")) newest = path.toString();
        }
        if (newest == null) return;
        try (FileInputStream in = new FileInputStream(newest)) {
            in.read();
        }
    }

    private interface Closing {
        void close() throws IOException;
    }

    private static void later(long millis, Closing closing) {
        if (millis == 0) return;
        Thread thread = new Thread(() -> {
            try {
                Thread.sleep(millis);
                closing.close();
            } catch (IOException | InterruptedException ended) {
                Thread.currentThread().interrupt();
            }
        }, "hostile-closer");
        thread.setDaemon(true);
        thread.start();
    }
}
