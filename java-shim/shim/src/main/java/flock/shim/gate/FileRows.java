package flock.shim.gate;

import static flock.shim.gate.Kind.ANSWER;
import static flock.shim.gate.Kind.GUARD;
import static flock.shim.gate.Kind.SELF;

/**
 * The rows of files and addresses, at the last Java code before the kernel. They come before those that count, which
 * see the path that is really used.
 */
final class FileRows {
    private static final String TEXT = "Ljava/lang/String;";
    private static final String FILE = "java.io.File";
    private static final String UNIX_PATH = "Lsun/nio/fs/UnixPath;";
    private static final String KERNEL = "sun.nio.fs.UnixNativeDispatcher";
    private static final String ATTRIBUTES = "Lsun/nio/fs/UnixFileAttributes;";
    private static final String TEMPORARY = "java.nio.file.TempFileHelper";
    private static final String FILE_ATTRIBUTES = "[Ljava/nio/file/attribute/FileAttribute;";
    private static final String NET = "sun.nio.ch.Net";
    private static final String FAMILY = "Ljava/net/ProtocolFamily;";
    private static final String DESCRIPTOR = "Ljava/io/FileDescriptor;";
    private static final String ADDRESS = "Ljava/net/InetAddress;";
    private static final String SOCKET_FILES = "sun.nio.ch.UnixDomainSockets";
    private static final int OLD = 17;
    /** From here on the calls into the kernel have other forms. */
    private static final int FIRST_WITH_NEW_CALLS = 21;

    static final Row[] ALL = {
        Row.filter("java.io.FileInputStream", "open", TEXT, 0, "FileGate.reads"),
        Row.filter("java.io.FileOutputStream", "open", TEXT + "Z", 0, "FileGate.writes"),
        Row.filter("java.io.RandomAccessFile", "open", TEXT + "I", 0, "FileGate.accesses"),
        Row.of(FILE, "canRead", "", SELF, "FileGate.asked"),
        Row.of(FILE, "canWrite", "", SELF, "FileGate.changed"),
        Row.of(FILE, "canExecute", "", SELF, "FileGate.asked"),
        Row.of(FILE, "exists", "", SELF, "FileGate.asked"),
        Row.of(FILE, "isDirectory", "", SELF, "FileGate.asked"),
        Row.of(FILE, "isFile", "", SELF, "FileGate.asked"),
        Row.of(FILE, "isHidden", "", SELF, "FileGate.asked"),
        Row.of(FILE, "lastModified", "", SELF, "FileGate.asked"),
        Row.of(FILE, "length", "", SELF, "FileGate.asked"),
        Row.of(FILE, "normalizedList", "", SELF, "FileGate.asked"),
        Row.of(FILE, "getTotalSpace", "", SELF, "FileGate.asked"),
        Row.of(FILE, "getFreeSpace", "", SELF, "FileGate.asked"),
        Row.of(FILE, "getUsableSpace", "", SELF, "FileGate.asked"),
        Row.of(FILE, "createNewFile", "", SELF, "FileGate.created"),
        Row.of(FILE, "delete", "", SELF, "FileGate.changed"),
        Row.of(FILE, "mkdir", "", SELF, "FileGate.made"),
        Row.filter(FILE, "renameTo", "Ljava/io/File;", 0, "FileGate.target"),
        Row.of(FILE, "renameTo", "Ljava/io/File;", SELF, "FileGate.changed"),
        Row.of(FILE, "setLastModified", "J", SELF, "FileGate.changed"),
        Row.of(FILE, "setReadOnly", "", SELF, "FileGate.changed"),
        Row.of(FILE, "setWritable", "ZZ", SELF, "FileGate.changed"),
        Row.of(FILE, "setReadable", "ZZ", SELF, "FileGate.changed"),
        Row.of(FILE, "setExecutable", "ZZ", SELF, "FileGate.changed"),
        Row.of("sun.nio.fs.UnixFileSystemProvider", "getFileStore", "Ljava/nio/file/Path;", ANSWER, "FileGate.store"),
        Row.of("java.io.UnixFileSystem", "resolve", "Ljava/io/File;", ANSWER, "FileGate.absolute"),
        Row.of("java.io.UnixFileSystem", "canonicalize", TEXT, ANSWER, "FileGate.canonical"),
        Row.of("java.io.File$TempDirectory", "location", "", ANSWER, "FileGate.temporary"),
        Row.filter(FILE, "createTempFile", TEXT + TEXT + "Ljava/io/File;", 2, "FileGate.temporaryIn"),
        Row.filter(TEMPORARY, "createTempFile", "Ljava/nio/file/Path;" + TEXT + TEXT + FILE_ATTRIBUTES, 0,
                "FileGate.temporary"),
        Row.filter(TEMPORARY, "createTempDirectory", "Ljava/nio/file/Path;" + TEXT + FILE_ATTRIBUTES, 0,
                "FileGate.temporary"),

        Row.filter(KERNEL, "open", UNIX_PATH + "II", 0, "FileGate.opens"),
        Row.filter(KERNEL, "opendir", UNIX_PATH, 0, "FileGate.lists"),
        Row.filter(KERNEL, "readlink", UNIX_PATH, 0, "FileGate.leads"),
        Row.filter(KERNEL, "realpath", UNIX_PATH, 0, "FileGate.leads"),
        Row.filter(KERNEL, "stat", UNIX_PATH + ATTRIBUTES, 0, "FileGate.asks"),
        Row.filter(KERNEL, "stat", UNIX_PATH, 0, "FileGate.asks").until(OLD),
        Row.filter(KERNEL, "stat2", UNIX_PATH + ATTRIBUTES, 0, "FileGate.asks").from(FIRST_WITH_NEW_CALLS),
        Row.filter(KERNEL, "lstat", UNIX_PATH + ATTRIBUTES, 0, "FileGate.asks"),
        Row.filter(KERNEL, "access", UNIX_PATH + "I", 0, "FileGate.asks"),
        Row.filter(KERNEL, "exists", UNIX_PATH, 0, "FileGate.asks").until(OLD),
        Row.filter(KERNEL, "statvfs", UNIX_PATH + "Lsun/nio/fs/UnixFileStoreAttributes;", 0, "FileGate.asks"),
        Row.filter(KERNEL, "unlink", UNIX_PATH, 0, "FileGate.changes"),
        Row.filter(KERNEL, "rmdir", UNIX_PATH, 0, "FileGate.changes"),
        Row.filter(KERNEL, "mkdir", UNIX_PATH + "I", 0, "FileGate.makes"),
        Row.filter(KERNEL, "rename", UNIX_PATH + UNIX_PATH, 0, "FileGate.moves"),
        Row.filter(KERNEL, "rename", UNIX_PATH + UNIX_PATH, 1, "FileGate.movesTo"),
        Row.filter(KERNEL, "chown", UNIX_PATH + "II", 0, "FileGate.changes"),
        Row.filter(KERNEL, "lchown", UNIX_PATH + "II", 0, "FileGate.changes"),
        Row.filter(KERNEL, "chmod", UNIX_PATH + "I", 0, "FileGate.changes"),
        Row.filter(KERNEL, "utimes", UNIX_PATH + "JJ", 0, "FileGate.changes").until(OLD),
        Row.filter(KERNEL, "lutimes", UNIX_PATH + "JJ", 0, "FileGate.changes").until(OLD),
        Row.filter(KERNEL, "fchmodat", "I" + UNIX_PATH + "II", 1, "FileGate.changes").from(FIRST_WITH_NEW_CALLS + 4),
        Row.filter(KERNEL, "utimensat", "I" + UNIX_PATH + "JJI", 1, "FileGate.changes").from(FIRST_WITH_NEW_CALLS + 4),
        Row.of(KERNEL, "link", UNIX_PATH + UNIX_PATH, GUARD, "FileGate.links"),
        Row.of(KERNEL, "symlink", "[B" + UNIX_PATH, GUARD, "FileGate.links"),
        Row.of(KERNEL, "mknod", UNIX_PATH + "IJ", GUARD, "FileGate.links"),
        Row.of(KERNEL, "openat", "I[BII", GUARD, "FileGate.inFolder"),
        Row.of(KERNEL, "unlinkat", "I[BI", GUARD, "FileGate.inFolder"),
        Row.of(KERNEL, "renameat", "I[BI[B", GUARD, "FileGate.inFolder"),
        Row.of(KERNEL, "fstatat", "I[BI" + ATTRIBUTES, GUARD, "FileGate.inFolder"),
        Row.of("sun.nio.fs.UnixPath", "toAbsolutePath", "", ANSWER, "FileGate.absolute"),
        Row.of("sun.nio.fs.UnixPath", "register", "Ljava/nio/file/WatchService;[Ljava/nio/file/WatchEvent$Kind;"
                + "[Ljava/nio/file/WatchEvent$Modifier;", SELF, "FileGate.watches"),

        Row.of(NET, "connect", FAMILY + DESCRIPTOR + ADDRESS + "I", GUARD, "NetGate.connects"),
        Row.of(NET, "bind", FAMILY + DESCRIPTOR + ADDRESS + "I", GUARD, "NetGate.binds"),
        Row.of(NET, "serverSocket", FAMILY + "Z|" + FAMILY, GUARD, "NetGate.listens"),
        Row.of(NET, "join4", DESCRIPTOR + "III", GUARD, "NetGate.joins"),
        Row.of(NET, "join6", DESCRIPTOR + "[BI[B", GUARD, "NetGate.joins"),
        Row.of("sun.nio.ch.DatagramChannelImpl", "send", DESCRIPTOR + "Ljava/nio/ByteBuffer;"
                + "Ljava/net/InetSocketAddress;", GUARD, "NetGate.sends"),
        Row.of("java.net.InetAddress", "isReachable", "Ljava/net/NetworkInterface;II", GUARD, "NetGate.reaches"),
        Row.of("java.net.InetAddress", "getAllByName0", TEXT + ADDRESS + "ZZ|" + TEXT + "Z", GUARD,
                "NetGate.resolves"),
        Row.of(SOCKET_FILES, "connect", DESCRIPTOR + "Ljava/nio/file/Path;", GUARD, "NetGate.connects"),
        Row.of(SOCKET_FILES, "bind", DESCRIPTOR + "Ljava/nio/file/Path;", GUARD, "NetGate.binds"),
    };

    private FileRows() {}
}
