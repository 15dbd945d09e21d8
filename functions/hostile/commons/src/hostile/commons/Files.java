// Files that the JDK keeps open behind URLs: jar files in the cache of URL connections, zip files as file systems.
package hostile.commons;

import static hostile.commons.Commons.attempt;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

final class Files {
    private static final String ENTRY = "secret.txt";
    private static final String SECRET = "what the owner alone may read";

    private static FileSystem mounted;

    private Files() {}

    static String mount(String url) throws IOException {
        mounted = FileSystems.newFileSystem(URI.create(url), Map.of());
        return "mounted";
    }

    static JarFile jar(String url) throws IOException {
        return ((JarURLConnection) URI.create(url).toURL().openConnection()).getJarFile();
    }

    /** Makes a jar file of its own and leaves it in all caches. */
    static void hold(JsonObject result) {
        attempt(result, "held", () -> {
            Path file = Path.of("held.jar").toAbsolutePath();
            try (OutputStream out = java.nio.file.Files.newOutputStream(file); ZipOutputStream zip = new ZipOutputStream(out)) {
                zip.putNextEntry(new ZipEntry(ENTRY));
                zip.write(SECRET.getBytes("UTF-8"));
            }
            String url = "jar:" + file.toUri().toString().replace("file:///", "file:/");
            jar(url + "!/");
            mount(url);
            result.addProperty("url", url);
            result.addProperty("file", file.toString());
            return text(url);
        });
    }

    static void keeps(JsonObject result) {
        attempt(result, "mounted", () -> {
            try (var files = java.nio.file.Files.list(mounted.getPath("/"))) {
                return files.count();
            }
        });
    }

    private static String text(String url) throws IOException {
        return new String(new URL(url + "!/" + ENTRY).openStream().readAllBytes(), "UTF-8");
    }

    static void open(JsonObject result, String url, String file) {
        attempt(result, "stream", () -> text(url));
        attempt(result, "jar", () -> jar(url + "!/").size());
        attempt(result, "jarByOtherForm", () -> jar(url.replace("file:/", "file:///") + "!/").size());
        attempt(result, "mounted", () -> FileSystems.getFileSystem(URI.create(url)).isOpen());
        attempt(result, "path", () -> java.nio.file.Files.readString(Path.of(URI.create(url + "!/" + ENTRY))));
        attempt(result, "mountedAnew", () -> mount(url));
        attempt(result, "loader", () -> {
            try (URLClassLoader loader = new URLClassLoader(new URL[] {new URL(url + "!/")}, null)) {
                return loader.getResource(ENTRY);
            }
        });
        attempt(result, "file", () -> new JarFile(file).size());
    }
}
