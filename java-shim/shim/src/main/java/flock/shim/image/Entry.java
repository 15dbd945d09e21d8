package flock.shim.image;

import java.nio.ByteBuffer;

/** One file of an image. */
public final class Entry {
    private final ByteBuffer image;
    private final int offset;
    private final int length;

    Entry(ByteBuffer image, int offset, int length) {
        this.image = image;
        this.offset = offset;
        this.length = length;
    }

    public int length() {
        return length;
    }

    /** The mapped bytes themselves. They must not leave the shim: they are gone when the image is unmapped. */
    public ByteBuffer view() {
        return image.slice(offset, length);
    }

    /** A copy that function code may keep. */
    public byte[] copy() {
        byte[] copy = new byte[length];
        image.get(offset, copy);
        return copy;
    }
}
