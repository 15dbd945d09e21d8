// Thumbnailator: scales an image through ImageIO.
package library;

import com.google.gson.JsonObject;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import javax.imageio.ImageIO;
import net.coobird.thumbnailator.Thumbnails;

public final class ThumbnailWork {
    private ThumbnailWork() {}

    public static JsonObject main(JsonObject args) throws Exception {
        BufferedImage red = new BufferedImage(64, 32, BufferedImage.TYPE_INT_RGB);
        for (int x = 0; x < 64; x++) {
            for (int y = 0; y < 32; y++) {
                red.setRGB(x, y, 0xff0000);
            }
        }
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        Thumbnails.of(red).size(16, 16).outputFormat("png").toOutputStream(file);
        BufferedImage small = ImageIO.read(new ByteArrayInputStream(file.toByteArray()));
        Check.same("16x8", small.getWidth() + "x" + small.getHeight());
        Check.same(0xffff0000, small.getRGB(8, 4));
        return Check.works(Check.version("net.coobird", "thumbnailator"));
    }
}
