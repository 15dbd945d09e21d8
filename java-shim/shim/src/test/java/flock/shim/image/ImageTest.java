package flock.shim.image;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import flock.shim.testing.Images;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.jar.Attributes;
import org.junit.Test;

public final class ImageTest {
    private static String text(Image image, String name) {
        Entry entry = image.find(name);
        return entry == null ? null : new String(entry.copy(), StandardCharsets.UTF_8);
    }

    @Test
    public void findsEachOfManyEntries() {
        Images images = Images.of(Map.of());
        for (int i = 0; i < 3000; i++) {
            images.with("pkg" + i % 7 + "/\u00fc" + i + ".txt", "content " + i);
        }
        Image image = images.image();
        List<String> names = new ArrayList<>();
        image.eachName(names::add);
        assertEquals(3000, names.size());
        for (int i = 0; i < 3000; i++) {
            assertEquals("content " + i, text(image, "pkg" + i % 7 + "/\u00fc" + i + ".txt"));
            assertNull(image.find("pkg" + i + "/none"));
        }
    }

    @Test
    public void viewAndCopyAreTheBytes() {
        Image image = Images.of(Map.of()).with("a", "").with("b", "bytes").image();
        assertEquals(0, image.find("a").length());
        Entry entry = image.find("b");
        byte[] seen = new byte[entry.length()];
        entry.view().get(seen);
        assertArrayEquals(entry.copy(), seen);
        assertTrue(entry.view().isDirect());
        assertNull(image.findClass("b"));
        assertNull(Images.of(Map.of()).image().find("b"));
    }

    @Test
    public void refusesDamage() {
        ByteBuffer whole = Images.of(Map.of()).with("first", "12345").with("second", "67890").bytes();
        for (int length = 0; length < whole.capacity(); length++) {
            ByteBuffer cut = ByteBuffer.allocateDirect(length);
            cut.put(whole.slice(0, length));
            assertThrows("cut at " + length, IllegalArgumentException.class, () -> new Image(cut));
        }
        assertNotNull(new Image(whole));
    }

    @Test
    public void damageNeverReachesPastTheEnd() {
        ByteBuffer whole = Images.of(Map.of()).with("first", "12345").with("META-INF/MANIFEST.MF", "A: b\n").bytes();
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            ByteBuffer damaged = ByteBuffer.allocateDirect(whole.capacity());
            damaged.put(whole.duplicate().clear());
            for (int k = random.nextInt(3); k >= 0; k--) {
                damaged.put(random.nextInt(damaged.capacity()), (byte) random.nextInt(256));
            }
            try {
                Image image = new Image(damaged);
                image.eachName(name -> {
                    Entry entry = image.find(name);
                    if (entry != null) {
                        entry.copy();
                        entry.view();
                    }
                });
            } catch (IllegalArgumentException refused) {
                assertTrue(refused.getMessage(), refused.getMessage().contains("image"));
            }
        }
    }

    @Test
    public void manifestSpeaksOfPackages() {
        Image silent = Images.of(Map.of()).with("META-INF/MANIFEST.MF", "Created-By: x\n").image();
        assertNull(silent.packageAttributes());
        Image broken = Images.of(Map.of()).with("META-INF/MANIFEST.MF", "no manifest at all").image();
        assertNull(broken.packageAttributes());
        Image speaks = Images.of(Map.of()).with("META-INF/MANIFEST.MF",
                "Manifest-Version: 1.0\nImplementation-Version: 1.2\n").image();
        assertEquals("1.2", speaks.packageAttributes().getValue(Attributes.Name.IMPLEMENTATION_VERSION));
    }

    @Test
    public void onlyTheMainSectionOfTheManifestIsRead() {
        for (String end : List.of("\n", "\r\n", "\r")) {
            String text = String.join(end, "Manifest-Version: 1.0", "Implementation-Version: 1", " .2", "", "no section", "");
            Image image = Images.of(Map.of()).with("META-INF/MANIFEST.MF", text).image();
            assertEquals("1.2", image.packageAttributes().getValue(Attributes.Name.IMPLEMENTATION_VERSION));
        }
    }
}
