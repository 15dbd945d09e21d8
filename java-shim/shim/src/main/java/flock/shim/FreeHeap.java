package flock.shim;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;

/**
 * How much of the heap the JVM keeps free after a full collection, in percent of the heap. What it does not keep goes
 * back to the kernel.
 *
 * Loaded by a thread of the host when it is used first.
 */
final class FreeHeap {
    private static final String LEAST = "MinHeapFreeRatio";
    private static final String MOST = "MaxHeapFreeRatio";

    private static final HotSpotDiagnosticMXBean JVM =
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    /** As the operator or the JVM has it. */
    private static final String USUAL_LEAST = JVM.getVMOption(LEAST).getValue();
    private static final String USUAL_MOST = JVM.getVMOption(MOST).getValue();

    private FreeHeap() {}

    /** A full collection leaves nothing free. */
    static void none() {
        keep("0", "0");
    }

    /** A full collection leaves free, or makes so, the most that it usually leaves; all that there can be would be too much. */
    static void most() {
        keep(USUAL_MOST.equals("100") ? USUAL_LEAST : USUAL_MOST, USUAL_MOST);
    }

    static void usual() {
        keep(USUAL_LEAST, USUAL_MOST);
    }

    /** The JVM refuses a least that is over the most, at any moment. */
    private static void keep(String least, String most) {
        JVM.setVMOption(LEAST, "0");
        JVM.setVMOption(MOST, most);
        JVM.setVMOption(LEAST, least);
    }
}
