package flock.boot;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;

/**
 * Hooks of the system properties: each funclet has its own. It sees those that describe the JDK and the machine, and a
 * home, a working and a temporary folder of its own; what it writes stays with it.
 *
 * JDK code that reads a property for itself gets the host's: what it makes of it is kept for all.
 */
public final class PropertyGate {
    /** What functions see of the host's. The rest (class path, command line, the operator's own) is not theirs. */
    private static final Set<String> SHOWN = Set.of("java.version", "java.version.date", "java.vendor",
            "java.vendor.url", "java.vendor.url.bug", "java.vendor.version", "java.runtime.name", "java.runtime.version",
            "java.home", "java.vm.name", "java.vm.vendor", "java.vm.version", "java.vm.info",
            "java.vm.compressedOopsMode", "java.vm.specification.name", "java.vm.specification.vendor",
            "java.vm.specification.version", "java.specification.name", "java.specification.vendor",
            "java.specification.version", "java.specification.maintenance.version", "java.class.version",
            "java.library.path", "java.io.tmpdir", "java.awt.headless", "java.awt.printerjob", "os.name", "os.arch",
            "os.version", "file.separator", "path.separator", "line.separator", "file.encoding", "native.encoding",
            "sun.jnu.encoding", "sun.io.unicode.encoding", "stdout.encoding", "stderr.encoding", "stdin.encoding",
            "user.dir", "user.home", "user.language", "user.country", "user.script", "user.variant", "user.timezone",
            "sun.arch.data.model", "sun.cpu.endian", "sun.cpu.isalist", "sun.boot.library.path",
            "sun.management.compiler", "sun.java.launcher", "jdk.debug");
    /** They read what the function names: in an expression, in a configuration of its own, as an argument. */
    private static final Set<String> RELAYS = Set.of(
            "com.sun.org.apache.xpath.internal.functions.FuncSystemProperty.execute",
            "sun.security.util.PropertyExpander.expand", "javax.xml.stream.FactoryFinder.find");
    private static final int RELAY_FRAMES = 16;
    private static final Properties HOST = System.getProperties();
    private static final Map<String, String> BASE = base();
    /** What a running JVM does not change and what is the same for functions: it is answered without a second look. */
    private static final Map<String, String> FIXED = fixed();

    private PropertyGate() {}

    private static Map<String, String> base() {
        Map<String, String> base = new HashMap<>();
        for (String name : SHOWN) {
            String value = HOST.getProperty(name);
            if (value != null) {
                base.put(name, value);
            }
        }
        base.put("java.class.path", "");
        base.put("user.name", "flock");
        return base;
    }

    private static Map<String, String> fixed() {
        Map<String, String> fixed = new HashMap<>();
        for (String name : new String[] {"java.version", "java.vendor", "java.home", "java.vm.name", "java.vm.vendor",
            "java.vm.version", "java.runtime.name", "java.runtime.version", "java.specification.version",
            "java.class.version", "os.name", "os.arch", "os.version", "file.separator", "path.separator",
            "line.separator", "file.encoding", "native.encoding", "sun.jnu.encoding", "sun.arch.data.model"}) {
            String value = HOST.getProperty(name);
            if (value != null) {
                fixed.put(name, value);
            }
        }
        return fixed;
    }

    /** What a funclet sees that has written none. */
    private static Map<String, String> seen(Budget budget) {
        Map<String, String> seen = new HashMap<>(BASE);
        String folder = budget.rights().folder();
        if (folder != null) {
            seen.put("java.io.tmpdir", folder);
            seen.put("user.dir", folder);
            seen.put("user.home", folder);
        }
        return seen;
    }

    private static String seen(Budget budget, String name) {
        Properties own = budget.own().properties();
        if (own != null) {
            return own.getProperty(name);
        }
        String folder = budget.rights().folder();
        boolean isFolder = folder != null
                && (name.equals("java.io.tmpdir") || name.equals("user.dir") || name.equals("user.home"));
        return isFolder ? folder : BASE.get(name);
    }

    private static Properties own(Budget budget) {
        Properties own = budget.own().properties();
        return own != null ? own : budget.own().properties(seen(budget));
    }

    public static Object all() {
        Face face = Gate.caller();
        return face == null || Callers.isInitialisingJdk() ? Gate.PASS : own(face.budget());
    }

    public static Object get(String name) {
        return get(name, null);
    }

    public static Object get(String name, String otherwise) {
        Face face = Gate.caller();
        if (face == null || name == null || name.isEmpty()) {
            return Gate.PASS;
        }
        Budget budget = face.budget();
        String fixed = budget.own().properties() == null ? FIXED.get(name) : null;
        if (fixed != null) {
            return fixed;
        }
        String seen = seen(budget, name);
        boolean isShown = Objects.equals(seen, HOST.getProperty(name)) || Callers.functionAsksForItself()
                || Callers.passes(RELAYS, RELAY_FRAMES);
        if (!isShown) {
            return Gate.PASS;
        }
        return seen == null ? otherwise : seen;
    }

    public static Object set(String name, String value) {
        Face face = Gate.caller();
        if (face == null || name == null || name.isEmpty() || value == null || Callers.isInitialisingJdk()) {
            return Gate.PASS;
        }
        return own(face.budget()).setProperty(name, value);
    }

    public static Object clear(String name) {
        Face face = Gate.caller();
        if (face == null || name == null || name.isEmpty() || Callers.isInitialisingJdk()) {
            return Gate.PASS;
        }
        return own(face.budget()).remove(name);
    }

    /** Copied, because the given object could be one whose methods are the function's. */
    public static boolean replace(Properties given) {
        Face face = Gate.caller();
        if (face == null || Callers.isInitialisingJdk()) {
            return false;
        }
        Properties copy = null;
        if (given != null) {
            copy = new Properties();
            for (String name : given.stringPropertyNames()) {
                copy.setProperty(name, given.getProperty(name));
            }
        }
        face.budget().own().replace(copy);
        return true;
    }
}
