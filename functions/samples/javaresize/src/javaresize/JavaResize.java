// The shape of ServerlessBench's JavaResize: a jar that carries its own gson and a picture, and scales it with plain AWT.
// `width` and `height` are in pixels; `image` (base64) replaces the built-in picture; the result is a JPEG as base64.
// Fails, with a clear result, when a size is out of range or `image` is not a picture.
package javaresize;

import com.google.gson.JsonObject;
import java.awt.Graphics2D;
import java.awt.Image;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Base64;
import javax.imageio.ImageIO;

public class JavaResize {
    private static final int SIDE_PIXELS_MAX = 4096;

    public static JsonObject main(JsonObject args) throws IOException {
        int width = side(args, "width", 128);
        int height = side(args, "height", 96);
        if (width < 1 || height < 1) return error("'width' and 'height' must be whole numbers from 1 to " + SIDE_PIXELS_MAX);
        BufferedImage picture;
        try {
            picture = picture(args);
        } catch (IOException | IllegalArgumentException unreadable) {
            return error("'image' cannot be read: " + unreadable.getMessage());
        }
        if (picture == null) return error("'image' is not a picture");
        byte[] jpeg = resize(picture, width, height);
        JsonObject result = new JsonObject();
        result.addProperty("width", width);
        result.addProperty("height", height);
        result.addProperty("bytes", jpeg.length);
        result.addProperty("image", Base64.getEncoder().encodeToString(jpeg));
        return result;
    }

    /** 0 for a side that is out of range. */
    private static int side(JsonObject args, String name, int usual) {
        if (!args.has(name)) return usual;
        try {
            int pixels = args.get(name).getAsBigDecimal().intValueExact();
            return pixels <= SIDE_PIXELS_MAX ? pixels : 0;
        } catch (RuntimeException notWhole) {
            return 0;
        }
    }

    private static BufferedImage picture(JsonObject args) throws IOException {
        if (args.has("image")) {
            if (!args.get("image").isJsonPrimitive()) throw new IOException("it must be a string");
            return ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(args.get("image").getAsString())));
        }
        try (InputStream in = JavaResize.class.getResourceAsStream("/picture.png")) {
            if (in == null) throw new IOException("picture.png is not in the jar");
            return ImageIO.read(in);
        }
    }

    private static byte[] resize(BufferedImage picture, int width, int height) throws IOException {
        Image scaled = picture.getScaledInstance(width, height, Image.SCALE_SMOOTH);
        BufferedImage canvas = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = canvas.createGraphics();
        try {
            graphics.drawImage(scaled, 0, 0, null);
        } finally {
            graphics.dispose();
        }
        ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
        ImageIO.write(canvas, "jpg", jpeg);
        return jpeg.toByteArray();
    }

    private static JsonObject error(String message) {
        JsonObject result = new JsonObject();
        result.addProperty("error", message);
        return result;
    }
}
