package flock.boot;

import java.io.FileDescriptor;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** Hooks where the JDK opens files and folders for a function, for reading too: each takes descriptors of the process. */
public final class OpenGate {
    private OpenGate() {}

    private static String refusal(int limit) {
        return "Too many open files: " + (limit == 0 ? "the host has hardly any descriptors left"
                : "the limit of " + limit + " files and folders of the action that are open at a time is reached");
    }

    private static int opened(FileDescriptor file) {
        Face face = file == null ? null : Gate.caller();
        return face == null || Callers.isInitialisingJdk() || FirstGate.isReadForAll() ? -1 : face.budget().openedFile(file);
    }

    /** A stream or a file of java.io is open. Over the limit it is closed again. */
    public static void streamOpened(FileDescriptor file) throws FileNotFoundException {
        int limit = opened(file);
        if (limit >= 0) {
            throw new FileNotFoundException(refusal(limit));
        }
    }

    /** The same for a channel. */
    public static void channelOpened(FileDescriptor file) throws FileSystemException {
        int limit = opened(file);
        if (limit >= 0) {
            throw new FileSystemException(null, null, refusal(limit));
        }
    }

    /** A folder is about to be listed. */
    public static void lists(Object provider, Path folder, DirectoryStream.Filter<?> filter) throws IOException {
        Face face = Gate.caller();
        int limit = face == null ? -1 : face.budget().openFolder();
        if (limit >= 0 && !Callers.isInitialisingJdk()) {
            throw new FileSystemException(String.valueOf(folder), null, refusal(limit));
        }
    }

    public static void lists(Object above, Path folder, LinkOption[] options) throws IOException {
        lists(above, folder, (DirectoryStream.Filter<?>) null);
    }

    /** Nothing closes it but the function, so the host does it at last. */
    public static void folderOpened(Object stream, Object folder, long handle, int descriptor, DirectoryStream.Filter<?> filter) {
        Face face = Gate.caller();
        if (face != null) {
            face.budget().openedFolder(stream, handle, descriptor);
        }
    }

    public static void folderCloses(Object stream) {
        Face face = Gate.caller();
        if (face != null) {
            face.budget().closesFolder(stream);
        }
    }
}
