package flock.boot;

import java.io.File;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;

/**
 * Hooks at the last Java code before a file is touched: streams, java.io.File, and the calls of the NIO provider into
 * the kernel. Relative paths become absolute in the funclet's own folder. What it may not use is not there for questions;
 * opening, changing and deleting it fails, with the reason.
 */
public final class FileGate {
    private static final int WRITES = 3;
    private static final int CREATES = 0100;
    private static final ThreadLocal<Boolean> INSIDE = new ThreadLocal<>();
    private static final String NULL_DEVICE = "/dev/null";
    private static final String NOTHING = "/proc/self/not-for-functions";

    private FileGate() {}

    /** The gate itself uses files until leave(). */
    static void enter() {
        INSIDE.set(Boolean.TRUE);
    }

    static void leave() {
        INSIDE.remove();
    }

    private static Rights rights() {
        Face face = Gate.caller();
        if (face == null) {
            return null;
        }
        Rights rights = face.budget().rights();
        return rights.policy().isOpen() || INSIDE.get() != null ? null : rights;
    }

    private static String reason(String path, boolean writes) {
        return "a function cannot " + (writes ? "write " : "read ") + path
                + "; the operator may allow it with isolation.files-allow";
    }

    /** The path to use in the place of this one, or null for a refusal. */
    private static String place(Rights rights, String path, boolean writes) {
        String placed = rights.place(path, writes);
        return placed != null ? placed : Callers.jdkNeedsIt() ? path : null;
    }

    private static String opened(String name, boolean writes) throws FileNotFoundException {
        Rights rights = name == null ? null : rights();
        if (rights == null) {
            return name;
        }
        String placed = place(rights, name, writes);
        if (placed == null) {
            throw new FileNotFoundException(reason(rights.absolute(name), writes));
        }
        return placed;
    }

    public static String reads(Object stream, String name) throws FileNotFoundException {
        return opened(name, false);
    }

    public static String writes(Object stream, String name, boolean appends) throws FileNotFoundException {
        return opened(name, true);
    }

    public static String accesses(Object file, String name, int mode) throws FileNotFoundException {
        return opened(name, (mode & 2) != 0);
    }

    /**
     * The host's own input and output behind its first descriptors: a function that takes them has nothing to read, writes to
     * nowhere, and can close nothing.
     */
    public static FileDescriptor writesTo(FileDescriptor given) throws IOException {
        return isHosts(given) ? new FileOutputStream(NULL_DEVICE).getFD() : given;
    }

    public static FileDescriptor readsFrom(FileDescriptor given) throws IOException {
        return isHosts(given) ? new FileInputStream(NULL_DEVICE).getFD() : given;
    }

    /** jdk.nio.Channels. */
    public static FileDescriptor selects(FileDescriptor given, Object closer) throws IOException {
        return writesTo(given);
    }

    private static boolean isHosts(FileDescriptor given) {
        return (given == FileDescriptor.in || given == FileDescriptor.out || given == FileDescriptor.err)
                && Gate.caller() != null && !Callers.isInitialisingJdk();
    }

    /** A question to java.io.File, or a change: what the funclet may not use answers as what is not there. */
    public static Object asked(Object file) {
        return file(file, false);
    }

    public static Object changed(Object file) {
        return file(file, true);
    }

    /** A folder counts as a file does; File.mkdir says no in the way that it has. */
    public static Object made(Object file) {
        Object placed = file(file, true);
        boolean isTooMany = ((File) placed).isAbsolute() && IoGate.refusal(((File) placed).getPath()) != null;
        return isTooMany ? new File(NOTHING) : placed;
    }

    public static File target(Object file, File to) {
        return to == null ? null : (File) file(to, true);
    }

    private static Object file(Object of, boolean writes) {
        Rights rights = rights();
        if (rights == null) {
            return of;
        }
        File file = (File) of;
        // A class of the function's own could name one path here, and be another for the kernel.
        boolean isPlain = file.getClass() == File.class;
        String path = isPlain ? file.getPath() : new File(file, "").getPath();
        String placed = place(rights, path, writes);
        return placed == null ? new File(NOTHING) : isPlain && placed.equals(path) ? of : new File(placed);
    }

    public static Object created(Object file) throws IOException {
        Object placed = file(file, true);
        if (((File) placed).getPath().equals(NOTHING)) {
            Rights rights = Gate.caller().budget().rights();
            throw new IOException(reason(rights.absolute(new File((File) file, "").getPath()), true));
        }
        return placed;
    }

    /** File.getAbsolutePath of a relative path. */
    public static Object absolute(Object files, File file) {
        Rights rights = file == null || file.isAbsolute() ? null : rights();
        if (rights == null || rights.folder() == null) {
            return Gate.PASS;
        }
        String path = file.getPath();
        return path.isEmpty() ? rights.folder() : rights.folder() + "/" + path;
    }

    /** Where links lead is not told of what the funclet may not read. */
    public static Object canonical(Object files, String path) {
        Rights rights = path == null ? null : rights();
        return rights == null || place(rights, path, false) != null ? Gate.PASS : rights.absolute(path);
    }

    public static Object temporary() {
        Rights rights = rights();
        return rights == null || rights.folder() == null ? Gate.PASS : new File(rights.madeFolder());
    }

    /** File.createTempFile in a folder that is named. */
    public static File temporaryIn(String prefix, String suffix, File folder) throws IOException {
        return folder == null ? null : (File) created(folder);
    }

    public static Path temporary(Path given, String prefix, String suffix,
            FileAttribute<?>[] attributes) {
        Rights rights = given != null ? null : rights();
        return rights == null || rights.folder() == null ? given : Path.of(rights.folder());
    }

    public static Path temporary(Path given, String prefix, FileAttribute<?>[] attributes) {
        return temporary(given, prefix, null, attributes);
    }

    private static Object path(Object of, boolean writes) throws IOException {
        Rights rights = of == null ? null : rights();
        if (rights == null) {
            return of;
        }
        String path = of.toString();
        String placed = place(rights, path, writes);
        if (placed == null) {
            throw new AccessDeniedException(rights.absolute(path), null, reason(rights.absolute(path), writes));
        }
        return placed.equals(path) ? of : Path.of(placed);
    }

    /** What the kernel is told of a path that is asked about. */
    private static Object question(Object of) {
        Rights rights = of == null ? null : rights();
        if (rights == null) {
            return of;
        }
        String path = of.toString();
        String placed = place(rights, path, false);
        return placed == null ? Path.of(NOTHING) : placed.equals(path) ? of : Path.of(placed);
    }

    public static Object opens(Object path, int flags, int mode) throws IOException {
        boolean writes = (flags & (WRITES | CREATES)) != 0;
        Rights rights = writes || path == null ? null : rights();
        if (rights != null && rights.place(path.toString(), true) == null && Callers.changesAttributes()) {
            writes = true;
        }
        return path(path, writes);
    }

    public static Object lists(Object path) throws IOException {
        return path(path, false);
    }

    /** Files.getFileStore, for a path of the JDK's own. */
    public static Object store(Object provider, Path path) throws IOException {
        boolean isPlain = path != null && path.getClass().getName().equals("sun.nio.fs.UnixPath");
        Rights rights = isPlain ? rights() : null;
        if (rights == null) {
            return Gate.PASS;
        }
        String placed = place(rights, path.toString(), false);
        File file = placed == null ? null : new File(placed);
        if (file == null || !file.exists()) {
            throw new NoSuchFileException(path.toString());
        }
        return new OwnStore(file);
    }

    public static Object leads(Object path) throws IOException {
        Rights rights = rights();
        if (rights != null && place(rights, path.toString(), false) == null) {
            throw new NoSuchFileException(path.toString());
        }
        return path(path, false);
    }

    public static Object changes(Object path) throws IOException {
        return path(path, true);
    }

    public static Object makes(Object path, int mode) throws IOException {
        Object placed = path(path, true);
        String refusal = placed == null ? null : IoGate.refusal(placed.toString());
        if (refusal != null) {
            throw new IOException(refusal);
        }
        return placed;
    }

    public static Object changes(Object path, int a) throws IOException {
        return path(path, true);
    }

    public static Object changes(Object path, int a, int b) throws IOException {
        return path(path, true);
    }

    public static Object changes(Object path, long a, long b) throws IOException {
        return path(path, true);
    }

    public static Object changes(int folder, Object path, int a, int b) throws IOException {
        return path(path, true);
    }

    public static Object changes(int folder, Object path, long a, long b, int c) throws IOException {
        return path(path, true);
    }

    public static Object moves(Object from, Object to) throws IOException {
        return path(from, true);
    }

    public static Object movesTo(Object from, Object to) throws IOException {
        return path(to, true);
    }

    public static Object asks(Object path) {
        return question(path);
    }

    public static Object asks(Object path, Object attributes) {
        return question(path);
    }

    public static Object asks(Object path, int mode) {
        return question(path);
    }

    /** Names in an open folder are names, not ways out of it. */
    public static void inFolder(int folder, byte[] name) throws IOException {
        if (name != null && rights() != null && leadsOut(name) && !Callers.jdkNeedsIt()) {
            throw new AccessDeniedException("a function cannot use a path in an open folder, only a name");
        }
    }

    private static boolean leadsOut(byte[] name) {
        for (byte b : name) {
            if (b == '/') {
                return true;
            }
        }
        return name.length == 2 && name[0] == '.' && name[1] == '.';
    }

    public static void inFolder(int folder, byte[] name, int flags, int mode) throws IOException {
        inFolder(folder, name);
    }

    public static void inFolder(int folder, byte[] name, int flags) throws IOException {
        inFolder(folder, name);
    }

    public static void inFolder(int folder, byte[] name, int flags, Object attributes) throws IOException {
        inFolder(folder, name);
    }

    public static void inFolder(int folder, byte[] name, int to, byte[] newName) throws IOException {
        inFolder(folder, name);
        inFolder(to, newName);
    }

    /** A function's link could be turned between the look at it and its use. */
    public static void links() throws IOException {
        if (rights() != null) {
            throw new AccessDeniedException("a function cannot make links or devices");
        }
    }

    public static void links(Object a, Object b) throws IOException {
        links();
    }

    public static void links(byte[] target, Object link) throws IOException {
        links();
    }

    public static void links(Object path, int mode, long device) throws IOException {
        links();
    }

    /** Path.toAbsolutePath of a relative path. */
    public static Object absolute(Object path) {
        Path given = (Path) path;
        Rights rights = given.isAbsolute() ? null : rights();
        if (rights == null || rights.folder() == null) {
            return Gate.PASS;
        }
        String text = given.toString();
        return Path.of(text.isEmpty() ? rights.folder() : rights.folder() + "/" + text);
    }

    /** Path.register with a watch service, which has a thread of its own. */
    public static Object watches(Object path) throws IOException {
        return path(path, false);
    }
}
