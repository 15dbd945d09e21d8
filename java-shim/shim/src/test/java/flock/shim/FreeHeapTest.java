package flock.shim;

import static org.junit.Assert.assertEquals;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import org.junit.After;
import org.junit.Test;

/** The JVM accepts each part of free heap after any other. */
public final class FreeHeapTest {
    private static final HotSpotDiagnosticMXBean JVM =
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);

    private final String usual = ratios();

    private static String ratios() {
        return JVM.getVMOption("MinHeapFreeRatio").getValue() + " " + JVM.getVMOption("MaxHeapFreeRatio").getValue();
    }

    @After
    public void restore() {
        FreeHeap.usual();
    }

    @Test
    public void eachIsSetFromAnyOther() {
        String most = usual.split(" ")[1];
        FreeHeap.none();
        assertEquals("0 0", ratios());
        FreeHeap.most();
        assertEquals(most + " " + most, ratios());
        FreeHeap.none();
        assertEquals("0 0", ratios());
        FreeHeap.usual();
        assertEquals(usual, ratios());
    }
}
