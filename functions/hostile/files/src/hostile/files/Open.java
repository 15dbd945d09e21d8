// Opens one small file again and again and keeps all: as streams, channels, zips or listings of its folder.
package hostile.files;

import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

final class Open {
    private static final List<AutoCloseable> KEPT = new ArrayList<>();

    private Open() {}

    static void many(String how, File file, long count) throws IOException {
        if (how.equals("open-zips")) {
            try (ZipOutputStream zip = new ZipOutputStream(new FileOutputStream(file))) {
                zip.putNextEntry(new ZipEntry("entry"));
            }
        }
        for (long i = 0; i < count; i++) {
            KEPT.add(switch (how) {
                case "open-streams" -> new FileInputStream(file);
                case "open-channels" -> FileChannel.open(file.toPath());
                case "open-folders" -> java.nio.file.Files.newDirectoryStream(file.toPath().getParent());
                case "open-zips" -> zip(file, i);
                default -> throw new IllegalArgumentException("unknown 'how': " + how);
            });
        }
    }

    /** The JDK opens a file twice only if it was changed in between. */
    private static ZipFile zip(File file, long number) throws IOException {
        file.setLastModified(1_000_000_000_000L + number * 1_000);
        return new ZipFile(file);
    }
}
