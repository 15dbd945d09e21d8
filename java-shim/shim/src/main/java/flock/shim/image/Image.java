package flock.shim.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.jar.Attributes;

/**
 * A jar as the host keeps it: an index and the bytes, in one mapped file. Its layout (big endian): "FLKI",
 * u32 version, u32 count, then count times u16 name length, name, u64 offset, u32 length; then the bytes, and a checksum
 * that the host has looked at.
 *
 * The index is checked and hashed once and shared by all funclets of the image. It keeps no String for each entry: a
 * slot holds the place of the entry's record in the buffer. A file that is cut off or damaged is refused whole.
 */
public final class Image {
    public static final int MAGIC = 0x464c4b49;
    /** The same as FORMAT of the host, store/images.rs. */
    public static final int VERSION = 8;
    private static final int HEADER_BYTES = 12;
    private static final int RECORD_TAIL_BYTES = 12;

    /** Differs from start to start, so that nobody can make a jar whose names all fall into one slot. */
    private static final int SEED = new SplittableRandom().nextInt();

    private final ByteBuffer bytes;
    private final int[] slots;
    private final int count;
    private final Attributes packageAttributes;
    private volatile Ownership ownership;

    /** Takes the buffer for itself: nobody else may change its order. */
    public Image(ByteBuffer mapped) {
        bytes = mapped.order(ByteOrder.BIG_ENDIAN);
        int size = bytes.capacity();
        if (size < HEADER_BYTES || bytes.getInt(0) != MAGIC) {
            throw new IllegalArgumentException("this is no image of a jar");
        }
        if (bytes.getInt(4) != VERSION) {
            throw new IllegalArgumentException("the image has version " + bytes.getInt(4) + ", expected " + VERSION);
        }
        count = bytes.getInt(8);
        if (count < 0 || count > size / RECORD_TAIL_BYTES) {
            throw new IllegalArgumentException("the image cannot hold " + count + " entries");
        }
        slots = new int[Integer.highestOneBit(Math.max(count, 1) * 2 - 1) << 1];
        index(size);
        packageAttributes = Packages.in(this);
    }

    private void index(int size) {
        int at = HEADER_BYTES;
        for (int i = 0; i < count; i++) {
            int next = at + 2 <= size ? at + 2 + nameLength(at) + RECORD_TAIL_BYTES : Integer.MAX_VALUE;
            if (next > size) {
                throw new IllegalArgumentException("the image is cut off in entry " + i + " of its index");
            }
            long offset = bytes.getLong(next - RECORD_TAIL_BYTES);
            long length = bytes.getInt(next - 4) & 0xffffffffL;
            if (offset < 0 || offset > size || length > size - offset) {
                throw new IllegalArgumentException("the image is cut off in " + nameAt(at));
            }
            insert(at);
            at = next;
        }
    }

    private void insert(int record) {
        int length = nameLength(record);
        int hash = SEED;
        for (int i = 0; i < length; i++) {
            hash = mix(hash, bytes.get(record + 2 + i));
        }
        int slot = slot(hash);
        while (slots[slot] != 0) {
            slot = slot + 1 & slots.length - 1;
        }
        slots[slot] = record;
    }

    private static int mix(int hash, byte next) {
        return (Integer.rotateLeft(hash, 5) ^ next) * 0x9e3779b1;
    }

    private int slot(int hash) {
        return (hash ^ hash >>> 15) & slots.length - 1;
    }

    /** The class file of this class (pkg.Class), or null. */
    public Entry findClass(String className) {
        return find(className.replace('.', '/').concat(".class"));
    }

    /** The entry of this name, or null. The host has put those for this JDK under their plain names. */
    public Entry find(String name) {
        byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
        int hash = SEED;
        for (byte b : wanted) {
            hash = mix(hash, b);
        }
        for (int slot = slot(hash); slots[slot] != 0; slot = slot + 1 & slots.length - 1) {
            int record = slots[slot];
            if (isNamed(record, wanted)) {
                int tail = record + 2 + wanted.length;
                return new Entry(bytes, (int) bytes.getLong(tail), bytes.getInt(tail + 8));
            }
        }
        return null;
    }

    private boolean isNamed(int record, byte[] wanted) {
        if (nameLength(record) != wanted.length) {
            return false;
        }
        for (int i = 0; i < wanted.length; i++) {
            if (bytes.get(record + 2 + i) != wanted[i]) {
                return false;
            }
        }
        return true;
    }

    private int nameLength(int record) {
        return bytes.getShort(record) & 0xffff;
    }

    private String nameAt(int record) {
        byte[] name = new byte[nameLength(record)];
        bytes.get(record + 2, name);
        return new String(name, StandardCharsets.UTF_8);
    }

    /** Shows each name, in the order of the index. For the rare questions that need a whole look. */
    public void eachName(Consumer<String> reader) {
        int at = HEADER_BYTES;
        for (int i = 0; i < count; i++) {
            reader.accept(nameAt(at));
            at += 2 + nameLength(at) + RECORD_TAIL_BYTES;
        }
    }

    /** Who may keep what the code is given and gives. Found out when it is asked first. */
    public Ownership ownership() {
        Ownership known = ownership;
        if (known == null) {
            known = Confinement.of(this);
            ownership = known;
        }
        return known;
    }

    /** What the manifest says of packages (titles, versions, vendors), or null when it says nothing. */
    public Attributes packageAttributes() {
        return packageAttributes;
    }
}
