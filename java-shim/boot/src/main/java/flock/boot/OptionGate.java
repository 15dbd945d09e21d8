package flock.boot;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.VMOption;
import java.util.ArrayList;
import java.util.List;

/** Hooks of the JVM's single options: a function reads numbers and switches, not texts, which name files of the host. */
public final class OptionGate {
    /** Set while the gate itself reads. */
    private static final ThreadLocal<Boolean> INSIDE = new ThreadLocal<>();

    private OptionGate() {}

    public static Object one(Object bean, String name) {
        if (INSIDE.get() != null || Gate.caller() == null) {
            return Gate.PASS;
        }
        INSIDE.set(Boolean.TRUE);
        try {
            return told(((HotSpotDiagnosticMXBean) bean).getVMOption(name));
        } finally {
            INSIDE.remove();
        }
    }

    public static Object all(Object bean) {
        if (INSIDE.get() != null || Gate.caller() == null) {
            return Gate.PASS;
        }
        INSIDE.set(Boolean.TRUE);
        try {
            List<VMOption> told = new ArrayList<>();
            for (VMOption each : ((HotSpotDiagnosticMXBean) bean).getDiagnosticOptions()) {
                told.add(told(each));
            }
            return told;
        } finally {
            INSIDE.remove();
        }
    }

    private static VMOption told(VMOption option) {
        String value = option.getValue();
        return value == null || value.matches("true|false|-?[0-9.]+") ? option
                : new VMOption(option.getName(), "", option.isWriteable(), option.getOrigin());
    }
}
