// PDFBox: writes a page, reads its text, draws it.
package library;

import com.google.gson.JsonObject;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.pdmodel.font.Standard14Fonts;
import org.apache.pdfbox.rendering.PDFRenderer;
import org.apache.pdfbox.text.PDFTextStripper;

public final class PdfboxWork {
    private PdfboxWork() {}

    public static JsonObject main(JsonObject args) throws Exception {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try (PDDocument made = new PDDocument()) {
            PDPage page = new PDPage();
            made.addPage(page);
            try (PDPageContentStream pen = new PDPageContentStream(made, page)) {
                pen.beginText();
                pen.setFont(new PDType1Font(Standard14Fonts.FontName.HELVETICA), 40);
                pen.newLineAtOffset(50, 600);
                pen.showText("three cups");
                pen.endText();
            }
            made.save(file);
        }
        try (PDDocument read = Loader.loadPDF(file.toByteArray())) {
            Check.same("three cups", new PDFTextStripper().getText(read).trim());
            BufferedImage drawn = new PDFRenderer(read).renderImageWithDPI(0, 36);
            int dark = 0;
            for (int x = 0; x < drawn.getWidth(); x++) {
                for (int y = 0; y < drawn.getHeight(); y++) {
                    dark += (drawn.getRGB(x, y) & 0xff) < 128 ? 1 : 0;
                }
            }
            Check.that(dark > 20, "no text was drawn: " + dark);
        }
        return Check.works(Check.version("org.apache.pdfbox", "pdfbox"));
    }
}
