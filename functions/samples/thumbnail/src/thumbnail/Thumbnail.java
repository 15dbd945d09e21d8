// Makes a picture fit a square of `maxPixels` (128 if not given): base64 in, base64 PNG out, proportions kept.
// A picture that fits already keeps its size. Reads what ImageIO reads: PNG, JPEG, GIF, BMP.
// ImageIO's disk cache is off: it is a JVM-wide switch, so the streams are made by hand instead of flipping it.
// Fails, with a clear result, when `image` is not base64, not a picture, or larger than PIXELS_MAX.
package thumbnail;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

public final class Thumbnail {
    private static final long PIXELS_MAX = 40_000_000L;
    private static final int SIDE_PIXELS_MAX = 4096;

    private Thumbnail() {}

    public static JsonObject main(JsonObject args) throws IOException {
        JsonElement encoded = args.get("image");
        if (encoded == null || !encoded.isJsonPrimitive() || !encoded.getAsJsonPrimitive().isString()) {
            return error("'image' must be a picture as base64");
        }
        int maxPixels = 128;
        if (args.has("maxPixels")) {
            try {
                maxPixels = args.get("maxPixels").getAsBigDecimal().intValueExact();
            } catch (RuntimeException notWhole) {
                maxPixels = 0;
            }
            if (maxPixels < 1 || maxPixels > SIDE_PIXELS_MAX) {
                return error("'maxPixels' must be a whole number from 1 to " + SIDE_PIXELS_MAX);
            }
        }
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(encoded.getAsString());
        } catch (IllegalArgumentException notBase64) {
            return error("'image' is not base64: " + notBase64.getMessage());
        }
        try {
            BufferedImage image = read(bytes);
            return answer(image, scale(image, maxPixels));
        } catch (IOException | IllegalArgumentException unreadable) {
            return error("'image' cannot be read: " + unreadable.getMessage());
        }
    }

    /** Looks at the size before the pixels are unpacked: a small file can hold a huge picture. */
    private static BufferedImage read(byte[] bytes) throws IOException {
        try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
            if (!readers.hasNext()) throw new IOException("not a PNG, JPEG, GIF or BMP");
            ImageReader reader = readers.next();
            try {
                reader.setInput(in, true, true);
                long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
                if (pixels > PIXELS_MAX) throw new IOException(pixels + " pixels, allowed are " + PIXELS_MAX);
                return reader.read(0);
            } finally {
                reader.dispose();
            }
        }
    }

    private static BufferedImage scale(BufferedImage image, int maxPixels) {
        double factor = Math.min(1.0, (double) maxPixels / Math.max(image.getWidth(), image.getHeight()));
        int width = Math.max(1, (int) Math.round(image.getWidth() * factor));
        int height = Math.max(1, (int) Math.round(image.getHeight() * factor));
        BufferedImage small = new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB);
        Graphics2D graphics = small.createGraphics();
        try {
            graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
            graphics.drawImage(image, 0, 0, width, height, null);
        } finally {
            graphics.dispose();
        }
        return small;
    }

    private static JsonObject answer(BufferedImage original, BufferedImage small) throws IOException {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        try (ImageOutputStream out = new MemoryCacheImageOutputStream(png)) {
            ImageIO.write(small, "png", out);
        }
        JsonObject result = new JsonObject();
        result.addProperty("contentType", "image/png");
        result.addProperty("originalWidthPixels", original.getWidth());
        result.addProperty("originalHeightPixels", original.getHeight());
        result.addProperty("widthPixels", small.getWidth());
        result.addProperty("heightPixels", small.getHeight());
        result.addProperty("image", Base64.getEncoder().encodeToString(png.toByteArray()));
        return result;
    }

    private static JsonObject error(String message) {
        JsonObject result = new JsonObject();
        result.addProperty("error", message);
        return result;
    }
}
