package flock.shim.image;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.jar.Attributes;
import java.util.jar.Manifest;

/**
 * What a jar's manifest says of packages, in its main section. All that may follow is about single files and can be very long; it
 * is not read. A manifest that cannot be read counts as empty, as it would for a plain class path.
 */
final class Packages {
    /** The host refuses a jar with a longer main section: MANIFEST_MAX_BYTES, store/jar.rs. */
    private static final int MAIN_MAX_BYTES = 1 << 20;
    private static final Attributes.Name[] OF_PACKAGES = {
        Attributes.Name.SPECIFICATION_TITLE, Attributes.Name.SPECIFICATION_VERSION,
        Attributes.Name.SPECIFICATION_VENDOR, Attributes.Name.IMPLEMENTATION_TITLE,
        Attributes.Name.IMPLEMENTATION_VERSION, Attributes.Name.IMPLEMENTATION_VENDOR,
    };

    private Packages() {}

    /** Null: nothing. */
    static Attributes in(Image image) {
        Entry entry = image.find("META-INF/MANIFEST.MF");
        if (entry == null) {
            return null;
        }
        try {
            return kept(new Manifest(new ByteArrayInputStream(mainSection(entry.view()))).getMainAttributes());
        } catch (IOException | IllegalArgumentException unreadable) {
            return null;
        }
    }

    /** Up to the first empty line. */
    private static byte[] mainSection(ByteBuffer manifest) {
        int most = Math.min(manifest.capacity(), MAIN_MAX_BYTES);
        int end = 0;
        boolean isLineEmpty = true;
        while (end < most) {
            byte next = manifest.get(end++);
            if (next != '\n' && next != '\r') {
                isLineEmpty = false;
            } else if (isLineEmpty) {
                break;
            } else {
                isLineEmpty = true;
                boolean isPair = next == '\r' && end < most && manifest.get(end) == '\n';
                end += isPair ? 1 : 0;
            }
        }
        byte[] section = new byte[end];
        manifest.get(0, section);
        return section;
    }

    private static Attributes kept(Attributes main) {
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
