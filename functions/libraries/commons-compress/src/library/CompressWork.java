// Commons Compress: a tar in gzip, and a zip.
package library;

import com.google.gson.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;

public final class CompressWork {
    private CompressWork() {}

    public static JsonObject main(JsonObject args) throws Exception {
        byte[] text = "three cups".repeat(100).getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(new GzipCompressorOutputStream(file))) {
            TarArchiveEntry entry = new TarArchiveEntry("cups.txt");
            entry.setSize(text.length);
            tar.putArchiveEntry(entry);
            tar.write(text);
            tar.closeArchiveEntry();
        }
        try (TarArchiveInputStream tar = new TarArchiveInputStream(
                new GzipCompressorInputStream(new ByteArrayInputStream(file.toByteArray())))) {
            Check.same("cups.txt", tar.getNextEntry().getName());
            Check.same(text.length, tar.readAllBytes().length);
        }
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (ZipArchiveOutputStream zip = new ZipArchiveOutputStream(zipped)) {
            zip.putArchiveEntry(new ZipArchiveEntry("cups.txt"));
            zip.write(text);
            zip.closeArchiveEntry();
        }
        Check.that(zipped.size() < text.length, "nothing was compressed");
        return Check.works(Check.version("org.apache.commons", "commons-compress"));
    }
}
