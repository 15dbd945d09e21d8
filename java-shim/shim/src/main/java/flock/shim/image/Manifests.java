package flock.shim.image;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.jar.Attributes;
import java.util.jar.Manifest;

/**
 * The two things that a loader needs of a jar's manifest: what it says of packages, and whether classes come in
 * versions. A manifest that cannot be read counts as empty, as it would for a plain class path.
 */
final class Manifests {
    private static final Attributes.Name[] OF_PACKAGES = {
        Attributes.Name.SPECIFICATION_TITLE, Attributes.Name.SPECIFICATION_VERSION,
        Attributes.Name.SPECIFICATION_VENDOR, Attributes.Name.IMPLEMENTATION_TITLE,
        Attributes.Name.IMPLEMENTATION_VERSION, Attributes.Name.IMPLEMENTATION_VENDOR,
    };

    private final Attributes main;

    private Manifests(Attributes main) {
        this.main = main;
    }

    static Manifests of(Image image) {
        Entry entry = image.findExactly("META-INF/MANIFEST.MF");
        if (entry == null) {
            return new Manifests(new Attributes(0));
        }
        try {
            return new Manifests(new Manifest(new ByteArrayInputStream(entry.copy())).getMainAttributes());
        } catch (IOException | IllegalArgumentException unreadable) {
            return new Manifests(new Attributes(0));
        }
    }

    boolean isMultiRelease() {
        return "true".equalsIgnoreCase(main.getValue(Attributes.Name.MULTI_RELEASE));
    }

    Attributes packageAttributes() {
        Attributes kept = null;
        for (Attributes.Name name : OF_PACKAGES) {
            String value = main.getValue(name);
            if (value != null) {
                kept = kept == null ? new Attributes(OF_PACKAGES.length) : kept;
                kept.put(name, value);
            }
        }
        return kept;
    }
}
