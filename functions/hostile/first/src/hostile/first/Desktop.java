// What AWT, Swing, printing and preferences hand on from one caller to the next. What `take` leaves, `look` would see.
package hostile.first;

import static hostile.first.First.attempt;

import com.google.gson.JsonObject;
import java.awt.Color;
import java.awt.DefaultKeyboardFocusManager;
import java.awt.GradientPaint;
import java.awt.PaintContext;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.Raster;
import java.io.File;
import java.util.prefs.AbstractPreferences;
import javax.imageio.ImageIO;
import javax.print.attribute.standard.MediaSize;
import javax.print.attribute.standard.MediaSizeName;
import javax.swing.ImageIcon;
import javax.swing.JLabel;
import javax.swing.Timer;
import javax.swing.text.StyleContext;

final class Desktop {
    private static final String PICTURE = "picture.png";
    private static final float WIDTH = 12.34f;
    private static final float HEIGHT = 13.57f;
    private static final int PER_INCH = 25_400;
    private static final int SIDE = 32;

    private static Raster held;

    private Desktop() {}

    static void take(JsonObject result) {
        attempt(result, "image", () -> {
            ImageIO.write(new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB), "png", new File(PICTURE).getAbsoluteFile());
            return new ImageIcon(PICTURE).getIconWidth();
        });
        attempt(result, "pixels", () -> {
            held = painted(Color.BLACK);
            return "painted";
        });
        attempt(result, "styles", () -> StyleContext.getDefaultStyleContext().addStyle("first", null).getName());
        attempt(result, "styleKey", () -> {
            StyleContext.registerStaticAttributeKey(new Key());
            return StyleContext.getStaticAttribute(Key.class.getName() + ".key");
        });
        attempt(result, "paper", () -> new MediaSize(WIDTH, HEIGHT, PER_INCH, new Paper()).getMediaSizeName());
        attempt(result, "timers", () -> {
            Timer.setLogTimers(true);
            return Timer.getLogTimers();
        });
        attempt(result, "focus", () -> new Focus().give());
    }

    static void look(JsonObject result) {
        attempt(result, "image", () -> new ImageIcon(PICTURE).getIconWidth());
        attempt(result, "pixels", () -> {
            painted(Color.RED);
            return "painted";
        });
        attempt(result, "styles", () -> StyleContext.getDefaultStyleContext().getStyle("first"));
        attempt(result, "styleKey", () -> StyleContext.getStaticAttribute(Key.class.getName() + ".key"));
        attempt(result, "paper", () -> MediaSize.findMedia(WIDTH, HEIGHT, PER_INCH) + "");
        attempt(result, "timers", Timer::getLogTimers);
        attempt(result, "focus", () -> new Focus().get());
    }

    /** A pixel of what was painted first. */
    static Object kept() {
        return Integer.toHexString(((int[]) held.getDataElements(5, 5, null))[0]);
    }

    private static Raster painted(Color colour) {
        PaintContext context = new GradientPaint(0, 0, colour, 9, 9, colour)
                .createContext(ColorModel.getRGBdefault(), null, null, new AffineTransform(), null);
        Raster raster = context.getRaster(0, 0, SIDE, SIDE);
        context.dispose();
        return raster;
    }

    /** A tree of its own: the JDK has one thread that tells the listeners of all. */
    static Object preferences() {
        AbstractPreferences made = new AbstractPreferences(null, "") {
            @Override
            protected void putSpi(String key, String value) {}

            @Override
            protected String getSpi(String key) {
                return null;
            }

            @Override
            protected void removeSpi(String key) {}

            @Override
            protected void removeNodeSpi() {}

            @Override
            protected String[] keysSpi() {
                return new String[0];
            }

            @Override
            protected String[] childrenNamesSpi() {
                return new String[0];
            }

            @Override
            protected AbstractPreferences childSpi(String name) {
                return null;
            }

            @Override
            protected void syncSpi() {}

            @Override
            protected void flushSpi() {}
        };
        return made.absolutePath();
    }

    private static final class Key {
        @Override
        public String toString() {
            return "key";
        }
    }

    private static final class Paper extends MediaSizeName {
        private static final long serialVersionUID = 1;

        Paper() {
            super(Short.MAX_VALUE);
        }

        @Override
        public String toString() {
            return "taken";
        }
    }

    private static final class Focus extends DefaultKeyboardFocusManager {
        Object give() {
            setGlobalFocusOwner(new JLabel("taken"));
            return "given";
        }

        Object get() {
            return getGlobalFocusOwner();
        }
    }
}
