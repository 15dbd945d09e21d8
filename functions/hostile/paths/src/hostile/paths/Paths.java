// Uses files. `how`: read (`path`, in every way that Java has), write (changes, makes and deletes beside `path`, in every way), own (what its own folder must allow; `name` is left there),
// links (ways to turn a path somewhere else), open (reads `path` once and answers its text), jdk (what the JDK reads for itself: zones, certificates, locales, time zones, mime types).
// Answers how each attempt ended: `refused: ...`, `nothing` (as if it were not there), or `got ...`.
package hostile.paths;

import com.google.gson.JsonObject;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.FileReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Scanner;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

public final class Paths {
    private Paths() {}

    private interface Attempt {
        Object run() throws Throwable;
    }

    public static JsonObject main(JsonObject args) throws IOException {
        String how = args.has("how") ? args.get("how").getAsString() : "own";
        String path = args.has("path") ? args.get("path").getAsString() : "/etc/passwd";
        JsonObject result = new JsonObject();
        switch (how) {
            case "read" -> read(result, path);
            case "write" -> write(result, path);
            case "own" -> own(result, args.has("name") ? args.get("name").getAsString() : "left.txt");
            case "links" -> links(result, path);
            case "open" -> attempt(result, "open", () -> Files.readString(Path.of(path)));
            case "jdk" -> jdk(result);
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        return result;
    }

    private static void attempt(JsonObject result, String name, Attempt attempt) {
        try {
            Object got = attempt.run();
            boolean isNothing = got == null || Boolean.FALSE.equals(got) || Long.valueOf(0).equals(got) || Integer.valueOf(0).equals(got);
            result.addProperty(name, isNothing ? "nothing" : "got " + got);
        } catch (Throwable refused) {
            result.addProperty(name, "refused: " + refused);
        }
    }

    private static String text(InputStream in) throws IOException {
        try (in) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void read(JsonObject result, String path) {
        File file = new File(path);
        Path nio = Path.of(path);
        String name = file.getName();
        attempt(result, "stream", () -> text(new FileInputStream(file)));
        attempt(result, "reader", () -> new Scanner(new FileReader(file)).next());
        attempt(result, "scanner", () -> new Scanner(file).next());
        attempt(result, "random", () -> new RandomAccessFile(file, "r").readLine());
        attempt(result, "randomWrite", () -> new RandomAccessFile(file, "rw").readLine());
        attempt(result, "files", () -> Files.readString(nio));
        attempt(result, "lines", () -> Files.lines(nio).findFirst().orElseThrow());
        attempt(result, "channel", () -> FileChannel.open(nio).size());
        attempt(result, "mapped", () -> FileChannel.open(nio).map(FileChannel.MapMode.READ_ONLY, 0, 1).get());
        attempt(result, "async", () -> AsynchronousFileChannel.open(nio).size());
        attempt(result, "byteChannel", () -> Files.newByteChannel(nio, Set.of(StandardOpenOption.READ)).size());
        attempt(result, "fileUrl", () -> text(new URL("file:" + path).openStream()));
        attempt(result, "fileUri", () -> text(file.toURI().toURL().openStream()));
        attempt(result, "jarUrl", () -> text(new URL("jar:file:" + path + "!/x").openStream()));
        attempt(result, "urlLoader", () -> text(new URLClassLoader(new URL[] {file.getParentFile().toURI().toURL()}).getResourceAsStream(name)));
        attempt(result, "zip", () -> new ZipFile(file).size());
        attempt(result, "jar", () -> new JarFile(file).size());
        attempt(result, "zipFileSystem", () -> FileSystems.newFileSystem(nio, Map.of()).getPath("/"));
        attempt(result, "dots", () -> Files.readString(Path.of("../../../../../../../../.." + path)));
        attempt(result, "dotsStream", () -> text(new FileInputStream("../../../../../../../../.." + path)));
        attempt(result, "dotsInside", () -> text(new FileInputStream(System.getProperty("java.io.tmpdir") + "/x/../../../../../../../../../.." + path)));
        attempt(result, "dotsOfJdk", () -> text(new FileInputStream(System.getProperty("java.home") + "/../../../../../../.." + path)));
        attempt(result, "slashes", () -> text(new FileInputStream("/" + path)));
        attempt(result, "procRoot", () -> text(new FileInputStream("/proc/self/root" + path)));
        attempt(result, "procCwd", () -> text(new FileInputStream("/proc/self/cwd/../../../../../../.." + path)));
        attempt(result, "copy", () -> Files.readString(Files.copy(nio, Path.of("copied"), StandardCopyOption.REPLACE_EXISTING)));
        attempt(result, "move", () -> Files.readString(Files.move(nio, Path.of("moved"))));
        attempt(result, "exists", file::exists);
        attempt(result, "length", file::length);
        attempt(result, "lastModified", file::lastModified);
        attempt(result, "canRead", file::canRead);
        attempt(result, "isFile", file::isFile);
        attempt(result, "disguised", new Disguised(path)::exists);
        attempt(result, "disguisedLength", new Disguised(path)::length);
        attempt(result, "disguisedList", () -> new Disguised(file.getParent()).list());
        attempt(result, "disguisedStream", () -> text(new FileInputStream(new Disguised(path))).isEmpty() ? null : "text");
        attempt(result, "list", () -> file.getParentFile().list());
        attempt(result, "listFiles", () -> file.getParentFile().listFiles());
        attempt(result, "nioExists", () -> Files.exists(nio));
        attempt(result, "nioIsFile", () -> Files.isRegularFile(nio));
        attempt(result, "nioIsReadable", () -> Files.isReadable(nio));
        attempt(result, "nioSize", () -> Files.size(nio));
        attempt(result, "nioAttributes", () -> Files.readAttributes(nio, "*"));
        attempt(result, "owner", () -> Files.getOwner(nio));
        attempt(result, "realPath", nio::toRealPath);
        attempt(result, "directory", () -> {
            try (DirectoryStream<Path> all = Files.newDirectoryStream(nio.getParent())) {
                return all.iterator().next();
            }
        });
        attempt(result, "walk", () -> Files.walk(nio.getParent()).skip(1).findFirst().orElseThrow());
        attempt(result, "watch", () -> {
            try (WatchService service = FileSystems.getDefault().newWatchService()) {
                return nio.getParent().register(service, StandardWatchEventKinds.ENTRY_CREATE);
            }
        });
        attempt(result, "secure", () -> {
            try (DirectoryStream<Path> own = Files.newDirectoryStream(Path.of(System.getProperty("java.io.tmpdir")))) {
                return new String(((SecureDirectoryStream<Path>) own).newByteChannel(Path.of("../../../../../../.." + path), Set.of()).size() + "");
            }
        });
        attempt(result, "sameFile", () -> Files.isSameFile(nio, nio.getParent().resolve("../" + nio.getParent().getFileName() + "/" + name)) ? null : null);
        attempt(result, "parallel", () -> java.util.stream.Stream.of(1, 2).parallel().map(n -> {
            try {
                return Files.readString(nio);
            } catch (IOException refused) {
                throw new java.io.UncheckedIOException(refused);
            }
        }).findAny().orElseThrow());
        attempt(result, "xml", () -> javax.xml.parsers.DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file));
        attempt(result, "keyStore", () -> java.security.KeyStore.getInstance(file, new char[0]));
    }

    /** Says that it is another file. */
    private static final class Disguised extends File {
        private static final long serialVersionUID = 1;

        Disguised(String path) {
            super(path);
        }

        @Override
        public String getPath() {
            return "/dev/null";
        }
    }

    private static void write(JsonObject result, String path) {
        File file = new File(path);
        Path nio = Path.of(path);
        File beside = new File(file.getParentFile(), "hostile-made");
        Path besideNio = beside.toPath();
        attempt(result, "stream", () -> {
            new FileOutputStream(file, true).close();
            return "opened";
        });
        attempt(result, "newFile", () -> {
            new FileOutputStream(beside).close();
            return "made";
        });
        attempt(result, "writer", () -> {
            new PrintWriter(beside).close();
            return "made";
        });
        attempt(result, "random", () -> new RandomAccessFile(file, "rw").length());
        attempt(result, "channel", () -> FileChannel.open(nio, StandardOpenOption.WRITE).size());
        attempt(result, "files", () -> Files.writeString(besideNio, "x"));
        attempt(result, "append", () -> Files.writeString(nio, "x", StandardOpenOption.APPEND));
        attempt(result, "create", beside::createNewFile);
        attempt(result, "nioCreate", () -> Files.createFile(besideNio));
        attempt(result, "folder", beside::mkdir);
        attempt(result, "folders", new File(beside, "a/b")::mkdirs);
        attempt(result, "nioFolder", () -> Files.createDirectory(besideNio));
        attempt(result, "delete", file::delete);
        attempt(result, "disguisedDelete", new Disguised(path)::delete);
        attempt(result, "disguisedRename", () -> new Disguised(path).renameTo(new File("stolen")));
        attempt(result, "disguisedTarget", () -> {
            Files.writeString(Path.of("mine"), "x");
            return new File("mine").renameTo(new Disguised(beside.getPath()));
        });
        attempt(result, "nioDelete", () -> {
            Files.delete(nio);
            return "deleted";
        });
        attempt(result, "rename", () -> file.renameTo(beside));
        attempt(result, "renameHere", () -> file.renameTo(new File("stolen")));
        attempt(result, "nioMove", () -> Files.move(nio, besideNio));
        attempt(result, "copyThere", () -> Files.copy(Files.writeString(Path.of("mine"), "x"), besideNio));
        attempt(result, "moveThere", () -> Files.move(Files.writeString(Path.of("mine"), "x"), besideNio));
        attempt(result, "time", () -> file.setLastModified(0));
        attempt(result, "nioTime", () -> Files.setLastModifiedTime(nio, FileTime.fromMillis(0)));
        attempt(result, "mode", () -> file.setReadable(false, false));
        attempt(result, "readOnly", file::setReadOnly);
        attempt(result, "nioMode", () -> Files.setPosixFilePermissions(nio, PosixFilePermissions.fromString("rwxrwxrwx")));
        attempt(result, "view", () -> {
            Files.getFileAttributeView(nio, PosixFileAttributeView.class).setPermissions(PosixFilePermissions.fromString("rwxrwxrwx"));
            return "changed";
        });
        attempt(result, "attribute", () -> Files.setAttribute(nio, "unix:mode", 0777));
        attempt(result, "userAttribute", () -> Files.setAttribute(nio, "user:hostile", "x".getBytes(StandardCharsets.UTF_8)));
        attempt(result, "temporary", () -> File.createTempFile("hostile", "x", file.getParentFile()));
        attempt(result, "nioTemporary", () -> Files.createTempFile(nio.getParent(), "hostile", "x"));
        attempt(result, "zipFileSystem", () -> {
            try (FileSystem made = FileSystems.newFileSystem(besideNio, Map.of("create", "true"))) {
                return Files.writeString(made.getPath("x"), "x");
            }
        });
        attempt(result, "logHandler", () -> {
            new java.util.logging.FileHandler(beside.getPath()).close();
            return "made";
        });
    }

    private static void links(JsonObject result, String path) {
        Path nio = Path.of(path);
        attempt(result, "symbolic", () -> Files.readString(Files.createSymbolicLink(Path.of("link"), nio)));
        attempt(result, "hard", () -> Files.readString(Files.createLink(Path.of("hard"), nio)));
        attempt(result, "symbolicFolder", () -> Files.readString(Files.createSymbolicLink(Path.of("folder"), nio.getParent()).resolve(nio.getFileName())));
        attempt(result, "copiedLink", () -> Files.copy(Path.of("/proc/self/exe"), Path.of("exe"), LinkOption.NOFOLLOW_LINKS));
        attempt(result, "readLink", () -> Files.readSymbolicLink(Path.of("/proc/self/exe")));
        attempt(result, "descriptors", () -> new File("/proc/self/fd").list());
        attempt(result, "environment", () -> text(new FileInputStream("/proc/self/environ")));
        attempt(result, "memory", () -> new RandomAccessFile("/proc/self/mem", "r").length());
        attempt(result, "maps", () -> Files.readString(Path.of("/proc/self/maps")));
        attempt(result, "deviceStdin", () -> new FileInputStream("/dev/stdin"));
        attempt(result, "deviceFd", () -> new FileInputStream("/dev/fd/0"));
    }

    private static void own(JsonObject result, String name) {
        String folder = System.getProperty("java.io.tmpdir");
        attempt(result, "folder", () -> folder);
        attempt(result, "sameFolders", () -> folder.equals(System.getProperty("user.dir")) && folder.equals(System.getProperty("user.home")));
        attempt(result, "stream", () -> {
            try (FileOutputStream out = new FileOutputStream(name)) {
                out.write("mine".getBytes(StandardCharsets.UTF_8));
            }
            return text(new FileInputStream(new File(folder, name)));
        });
        attempt(result, "absolute", () -> new File(name).getAbsolutePath().equals(folder + "/" + name));
        attempt(result, "canonical", () -> new File("./" + name).getCanonicalPath().equals(folder + "/" + name));
        attempt(result, "nioAbsolute", () -> Path.of(name).toAbsolutePath().toString().equals(folder + "/" + name));
        attempt(result, "nio", () -> Files.readString(Path.of(name)));
        attempt(result, "realPath", () -> Path.of(name).toRealPath().toString().equals(folder + "/" + name));
        attempt(result, "temporary", () -> File.createTempFile("abc", "d").getParent().equals(folder));
        attempt(result, "nioTemporary", () -> Files.createTempFile("a", "b").getParent().toString().equals(folder));
        attempt(result, "nioTemporaryFolder", () -> Files.createTempDirectory("a").getParent().toString().equals(folder));
        attempt(result, "folders", () -> new File("deep/er").mkdirs() && new File(folder + "/deep/er").isDirectory());
        attempt(result, "list", () -> new File(".").list().length > 2);
        attempt(result, "walk", () -> Files.walk(Path.of("")).count() > 2);
        attempt(result, "move", () -> Files.exists(Files.move(Path.of("deep/er"), Path.of("moved"))));
        attempt(result, "rename", () -> new File("moved").renameTo(new File("renamed")));
        attempt(result, "delete", () -> new File("renamed").delete());
        attempt(result, "mapped", () -> {
            try (FileChannel channel = FileChannel.open(Path.of(name), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                return channel.map(FileChannel.MapMode.READ_WRITE, 0, 4).get();
            }
        });
        attempt(result, "async", () -> {
            try (AsynchronousFileChannel channel = AsynchronousFileChannel.open(Path.of(name))) {
                return channel.read(java.nio.ByteBuffer.allocate(4), 0).get();
            }
        });
        attempt(result, "random", () -> new RandomAccessFile(name, "rw").length());
        attempt(result, "zip", () -> {
            new ZipOutputStream(new FileOutputStream("own.zip")).close();
            try (FileSystem zip = FileSystems.newFileSystem(Path.of("made.zip"), Map.of("create", "true"))) {
                Files.writeString(zip.getPath("x"), "zipped");
            }
            return text(new URL("jar:file:" + folder + "/made.zip!/x").openStream());
        });
        attempt(result, "modes", () -> new File(name).setWritable(true, true) && Files.setPosixFilePermissions(Path.of(name),
                PosixFilePermissions.fromString("rw-------")) != null);
        attempt(result, "null", () -> text(new FileInputStream("/dev/null")).isEmpty());
    }

    private static void jdk(JsonObject result) {
        attempt(result, "release", () -> Files.readString(Path.of(System.getProperty("java.home"), "release")).contains("JAVA_VERSION"));
        attempt(result, "zones", () -> java.time.ZonedDateTime.now(java.time.ZoneId.of("Europe/Paris")).getYear());
        attempt(result, "locales", () -> java.text.NumberFormat.getInstance(java.util.Locale.GERMANY).format(1.5));
        attempt(result, "certificates", () -> {
            javax.net.ssl.TrustManagerFactory trust = javax.net.ssl.TrustManagerFactory.getInstance(javax.net.ssl.TrustManagerFactory.getDefaultAlgorithm());
            trust.init((java.security.KeyStore) null);
            return ((javax.net.ssl.X509TrustManager) trust.getTrustManagers()[0]).getAcceptedIssuers().length;
        });
        attempt(result, "random", () -> new java.security.SecureRandom().generateSeed(4).length);
        attempt(result, "strong", () -> java.security.SecureRandom.getInstanceStrong().getAlgorithm());
        attempt(result, "types", () -> java.net.URLConnection.guessContentTypeFromName("a.html"));
        attempt(result, "probe", () -> String.valueOf(Files.probeContentType(Path.of("a.html"))));
        attempt(result, "classes", () -> text(Object.class.getResourceAsStream("Object.class")).length());
        attempt(result, "runtimeImage", () -> Files.size(FileSystems.getFileSystem(java.net.URI.create("jrt:/")).getPath("modules/java.base/java/lang/Object.class")));
        attempt(result, "digest", () -> java.security.MessageDigest.getInstance("SHA-256").digest(new byte[0]).length);
        attempt(result, "cipher", () -> javax.crypto.Cipher.getInstance("AES/GCM/NoPadding").getBlockSize());
        attempt(result, "xml", () -> javax.xml.parsers.DocumentBuilderFactory.newInstance().newDocumentBuilder()
                .parse(new java.io.ByteArrayInputStream("<a/>".getBytes(StandardCharsets.UTF_8))).getDocumentElement().getTagName());
        attempt(result, "client", () -> java.net.http.HttpClient.newHttpClient().version());
        attempt(result, "image", () -> {
            java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
            return javax.imageio.ImageIO.write(new java.awt.image.BufferedImage(2, 2, java.awt.image.BufferedImage.TYPE_INT_RGB), "png", out);
        });
        attempt(result, "memory", () -> ((com.sun.management.OperatingSystemMXBean) java.lang.management.ManagementFactory.getOperatingSystemMXBean()).getTotalMemorySize());
        attempt(result, "currency", () -> java.util.Currency.getInstance("EUR").getDisplayName(java.util.Locale.GERMANY));
        attempt(result, "charset", () -> "x".getBytes("IBM1047").length);
    }
}
