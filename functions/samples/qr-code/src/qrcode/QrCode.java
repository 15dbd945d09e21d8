// Draws `text` as a QR code: a PNG as base64, `sizePixels` wide and high (256 if not given).
// zxing's core makes the bits, ImageIO the picture; no window system is needed.
// Fails, with a clear result, when `text` is missing, empty or longer than a QR code holds, or the size is out of range.
package qrcode;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.zxing.BarcodeFormat;
import com.google.zxing.EncodeHintType;
import com.google.zxing.WriterException;
import com.google.zxing.common.BitMatrix;
import com.google.zxing.qrcode.QRCodeWriter;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.Map;
import javax.imageio.ImageIO;

public final class QrCode {
    private static final int SIZE_PIXELS_MIN = 32;
    private static final int SIZE_PIXELS_MAX = 2048;

    private QrCode() {}

    public static JsonObject main(JsonObject args) throws IOException {
        JsonElement text = args.get("text");
        if (text == null || !text.isJsonPrimitive() || !text.getAsJsonPrimitive().isString()
                || text.getAsString().isEmpty()) {
            return error("'text' must be a string that is not empty");
        }
        int sizePixels = 256;
        if (args.has("sizePixels")) {
            try {
                sizePixels = args.get("sizePixels").getAsBigDecimal().intValueExact();
            } catch (RuntimeException notWhole) {
                sizePixels = 0;
            }
            if (sizePixels < SIZE_PIXELS_MIN || sizePixels > SIZE_PIXELS_MAX) {
                return error("'sizePixels' must be a whole number from " + SIZE_PIXELS_MIN + " to " + SIZE_PIXELS_MAX);
            }
        }
        BitMatrix bits;
        try {
            bits = new QRCodeWriter().encode(text.getAsString(), BarcodeFormat.QR_CODE, sizePixels, sizePixels,
                    Map.of(EncodeHintType.CHARACTER_SET, "UTF-8"));
        } catch (WriterException tooLong) {
            return error("'text' does not fit a QR code: " + tooLong.getMessage());
        }
        return answer(bits);
    }

    private static JsonObject answer(BitMatrix bits) throws IOException {
        BufferedImage image = new BufferedImage(bits.getWidth(), bits.getHeight(), BufferedImage.TYPE_BYTE_BINARY);
        for (int y = 0; y < bits.getHeight(); y++) {
            for (int x = 0; x < bits.getWidth(); x++) {
                image.setRGB(x, y, bits.get(x, y) ? 0x000000 : 0xffffff);
            }
        }
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        JsonObject result = new JsonObject();
        result.addProperty("contentType", "image/png");
        result.addProperty("widthPixels", bits.getWidth());
        result.addProperty("heightPixels", bits.getHeight());
        result.addProperty("png", Base64.getEncoder().encodeToString(png.toByteArray()));
        return result;
    }

    private static JsonObject error(String message) {
        JsonObject result = new JsonObject();
        result.addProperty("error", message);
        return result;
    }
}
