// Fills the temporary directory with `kibibytes` KiB (64 if not given; 0: without end). `how`: one (a single file), many (4 KiB each), random (RandomAccessFile), sparse
// (one byte, far out), channel (FileChannel), copy (Files.copy of one over and over), mapped (a mapping of 64 MiB at most, written again and again), deleted (files that were deleted but are still open),
// short (each file is empty and deleted at once), catching (takes every refusal for noise; bounded by `millis`, 1000 if not given), open-streams, open-channels, open-folders, open-zips (opens one for each 4 KiB, and keeps all).
// What it wrote it deletes at the end, if it comes to that.
package hostile.files;

import com.google.gson.JsonObject;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

public final class Files {
    private static final byte[] PIECE = new byte[4096];

    private Files() {}

    public static JsonObject main(JsonObject args) throws IOException {
        String how = args.has("how") ? args.get("how").getAsString() : "one";
        long kibibytes = args.has("kibibytes") ? args.get("kibibytes").getAsLong() : 64;
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 1_000;
        long pieces = kibibytes == 0 ? Long.MAX_VALUE : Math.max(1, kibibytes / 4);
        List<File> made = new ArrayList<>();
        JsonObject result = new JsonObject();
        try {
            switch (how) {
                case "one" -> one(made, pieces);
                case "many" -> many(made, pieces);
                case "random", "sparse" -> random(made, pieces, how.equals("sparse"));
                case "channel" -> channel(made, pieces);
                case "mapped" -> mapped(made, pieces);
                case "copy" -> copy(made, pieces);
                case "deleted" -> deleted(made, pieces);
                case "short" -> brief(made, pieces);
                case "catching" -> result.addProperty("refused", stubborn(made, System.nanoTime() + millis * 1_000_000));
                case "open-streams", "open-channels", "open-folders", "open-zips" -> Open.many(how, fresh(made), pieces);
                default -> throw new IllegalArgumentException("unknown 'how': " + how);
            }
        } finally {
            for (File file : made) file.delete();
        }
        result.addProperty("files", made.size());
        return result;
    }

    private static File fresh(List<File> made) throws IOException {
        File file = File.createTempFile("hostile", ".bin");
        made.add(file);
        return file;
    }

    private static void one(List<File> made, long pieces) throws IOException {
        try (FileOutputStream out = new FileOutputStream(fresh(made))) {
            for (long i = 0; i < pieces; i++) out.write(PIECE);
        }
    }

    private static void many(List<File> made, long pieces) throws IOException {
        for (long i = 0; i < pieces; i++) one(made, 1);
    }

    private static void random(List<File> made, long pieces, boolean isSparse) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(fresh(made), "rw")) {
            if (isSparse) file.seek(Math.min(pieces, 1 << 20) * PIECE.length);
            for (long i = 0; i < (isSparse ? 1 : pieces); i++) file.write(PIECE);
        }
    }

    private static void channel(List<File> made, long pieces) throws IOException {
        try (FileChannel channel = FileChannel.open(fresh(made).toPath(), StandardOpenOption.WRITE)) {
            for (long i = 0; i < pieces; i++) channel.write(ByteBuffer.wrap(PIECE));
        }
    }

    private static void mapped(List<File> made, long pieces) throws IOException {
        try (FileChannel channel = FileChannel.open(fresh(made).toPath(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long atOnce = Math.min(pieces, 1 << 14);
            ByteBuffer map = channel.map(FileChannel.MapMode.READ_WRITE, 0, atOnce * PIECE.length);
            for (long round = 0; round < pieces / Math.max(atOnce, 1); round++) {
                for (int i = 0; i < map.capacity(); i += PIECE.length) map.put(i, (byte) round);
            }
        }
    }

    private static void copy(List<File> made, long pieces) throws IOException {
        one(made, 16);
        for (long i = 0; i < pieces / 16; i++) {
            java.nio.file.Files.copy(made.get(0).toPath(), fresh(made).toPath(), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static void brief(List<File> made, long pieces) throws IOException {
        for (long i = 0; i < pieces; i++) {
            new FileOutputStream(fresh(made)).close();
            made.remove(0).delete();
        }
    }

    private static void deleted(List<File> made, long pieces) throws IOException {
        List<FileOutputStream> open = new ArrayList<>();
        try {
            for (long i = 0; i < pieces; i += 16) {
                File file = fresh(made);
                FileOutputStream out = new FileOutputStream(file);
                open.add(out);
                file.delete();
                for (int piece = 0; piece < 16; piece++) out.write(PIECE);
            }
        } finally {
            for (FileOutputStream out : open) out.close();
        }
    }

    private static String stubborn(List<File> made, long endNanos) {
        String text = "";
        while (System.nanoTime() < endNanos) {
            try {
                one(made, 256);
            } catch (IOException refused) {
                text = refused.getMessage();
            }
        }
        return text;
    }
}
