package flock.shim.testing;

import flock.shim.image.Image;
import flock.shim.rewrite.RewriteFault;
import flock.shim.rewrite.Rewriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Lays out images as the host does. */
public final class Images {
    private final Map<String, byte[]> files = new LinkedHashMap<>();

    public static Images of(Map<String, byte[]> files) {
        Images images = new Images();
        images.files.putAll(files);
        return images;
    }

    /** An image with the classes of these sources, rewritten as at a deploy. */
    public static Images compiled(String... sources) {
        Images images = new Images();
        Sources.compile(sources).forEach((name, bytes) -> images.files.put(name, rewritten(bytes)));
        return images;
    }

    public static byte[] rewritten(byte[] classFile) {
        try {
            return Rewriter.rewrite(classFile);
        } catch (RewriteFault fault) {
            throw new AssertionError(fault);
        }
    }

    public Images with(String name, String text) {
        return with(name, text.getBytes(StandardCharsets.UTF_8));
    }

    public Images with(String name, byte[] bytes) {
        files.put(name, bytes);
        return this;
    }

    public Images without(String name) {
        if (files.remove(name) == null) {
            throw new IllegalArgumentException("there is no " + name + " in " + files.keySet());
        }
        return this;
    }

    public byte[] file(String name) {
        return files.get(name);
    }

    public ByteBuffer bytes() {
        int index = 12;
        int size = 0;
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            index += 14 + file.getKey().getBytes(StandardCharsets.UTF_8).length;
            size += file.getValue().length;
        }
        ByteBuffer image = ByteBuffer.allocateDirect(index + size);
        image.putInt(Image.MAGIC).putInt(Image.VERSION).putInt(files.size());
        long offset = index;
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            byte[] name = file.getKey().getBytes(StandardCharsets.UTF_8);
            image.putShort((short) name.length).put(name).putLong(offset).putInt(file.getValue().length);
            offset += file.getValue().length;
        }
        files.values().forEach(image::put);
        return image.asReadOnlyBuffer();
    }

    public Image image() {
        return new Image(bytes());
    }
}
