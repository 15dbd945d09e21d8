package flock.shim.convention;

import flock.shim.image.Image;

/** What is to be bound: the action's `main`, and where its classes are. */
public final class Target {
    private final String main;
    private final ClassLoader loader;
    private final Image image;

    public Target(String main, ClassLoader loader, Image image) {
        this.main = main;
        this.loader = loader;
        this.image = image;
    }

    String main() {
        return main;
    }

    ClassLoader loader() {
        return loader;
    }

    Image image() {
        return image;
    }
}
