package flock.boot;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileOwnerAttributeView;
import java.nio.file.attribute.FileStoreAttributeView;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.Set;

/**
 * What a function is told of where its files are. The JDK would look at each folder above and at the list of what is mounted, and say where
 * the host has its data.
 */
final class OwnStore extends FileStore {
    private static final Set<String> VIEWS = Set.of("basic", "posix", "owner", "unix");
    private static final Set<Class<?>> VIEW_TYPES =
            Set.of(BasicFileAttributeView.class, PosixFileAttributeView.class, FileOwnerAttributeView.class);

    private final File file;

    OwnStore(File file) {
        this.file = file;
    }

    @Override
    public String name() {
        return "function";
    }

    @Override
    public String type() {
        return "folder";
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public long getTotalSpace() {
        return file.getTotalSpace();
    }

    @Override
    public long getUsableSpace() {
        return file.getUsableSpace();
    }

    @Override
    public long getUnallocatedSpace() {
        return file.getFreeSpace();
    }

    @Override
    public boolean supportsFileAttributeView(Class<? extends FileAttributeView> type) {
        return VIEW_TYPES.contains(type);
    }

    @Override
    public boolean supportsFileAttributeView(String name) {
        return VIEWS.contains(name);
    }

    @Override
    public <V extends FileStoreAttributeView> V getFileStoreAttributeView(Class<V> type) {
        return null;
    }

    @Override
    public Object getAttribute(String name) throws IOException {
        switch (name) {
            case "totalSpace":
                return getTotalSpace();
            case "usableSpace":
                return getUsableSpace();
            case "unallocatedSpace":
                return getUnallocatedSpace();
            default:
                throw new UnsupportedOperationException("there is no attribute " + name);
        }
    }

    /** All of a function's files are in one. */
    @Override
    public boolean equals(Object other) {
        return other instanceof OwnStore;
    }

    @Override
    public int hashCode() {
        return OwnStore.class.hashCode();
    }

    @Override
    public String toString() {
        return name();
    }
}
