package hostile.outside;

import java.awt.Graphics2D;
import java.awt.Rectangle;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.PathIterator;
import java.awt.geom.Point2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;

/** A shape of many lines, of each of which Java2D has 24 bytes outside of the heap until it has seen the last. */
final class Lines implements Shape {
    private static final int SIZE = 100;
    private final int count;
    private final Runnable last;

    private Lines(int count, Runnable last) {
        this.count = count;
        this.last = last;
    }

    /** Draws it, and runs something when its last line was asked for. */
    static void draw(int count, Runnable last) {
        Graphics2D graphics = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_ARGB).createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.fill(new Lines(count, last));
        graphics.dispose();
    }

    @Override
    public PathIterator getPathIterator(AffineTransform transform) {
        return new PathIterator() {
            private int at;

            @Override
            public int getWindingRule() {
                return WIND_NON_ZERO;
            }

            @Override
            public boolean isDone() {
                if (at == count) {
                    last.run();
                }
                return at > count;
            }

            @Override
            public void next() {
                at++;
            }

            @Override
            public int currentSegment(float[] to) {
                to[0] = at % 2 == 0 ? 1 : SIZE - 1;
                to[1] = at % SIZE;
                return at == 0 ? SEG_MOVETO : SEG_LINETO;
            }

            @Override
            public int currentSegment(double[] to) {
                to[0] = at % 2 == 0 ? 1 : SIZE - 1;
                to[1] = at % SIZE;
                return at == 0 ? SEG_MOVETO : SEG_LINETO;
            }
        };
    }

    @Override
    public PathIterator getPathIterator(AffineTransform transform, double flatness) {
        return getPathIterator(transform);
    }

    @Override
    public Rectangle getBounds() {
        return new Rectangle(0, 0, SIZE, SIZE);
    }

    @Override
    public Rectangle2D getBounds2D() {
        return getBounds();
    }

    @Override
    public boolean contains(double x, double y) {
        return false;
    }

    @Override
    public boolean contains(Point2D point) {
        return false;
    }

    @Override
    public boolean intersects(double x, double y, double width, double height) {
        return true;
    }

    @Override
    public boolean intersects(Rectangle2D other) {
        return true;
    }

    @Override
    public boolean contains(double x, double y, double width, double height) {
        return false;
    }

    @Override
    public boolean contains(Rectangle2D other) {
        return false;
    }
}
