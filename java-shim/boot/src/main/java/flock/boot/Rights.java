package flock.boot;

import java.io.File;
import java.io.IOException;

/**
 * Which files one funclet may use: its own folder, the JDK's, a few that are everybody's, and what the operator allows.
 *
 * Paths are made absolute and cleaned as text before they are looked at, and the clean path is what the kernel gets. That
 * is sound in the funclet's folder because it cannot make links there, and in the JDK's because it cannot write. In the
 * operator's folders links are followed first.
 */
public final class Rights {
    private static final String JDK = System.getProperty("java.home");
    private static final String[] READABLE = {"/dev/zero", "/dev/random", "/dev/urandom", "/usr/share/zoneinfo",
        "/etc/localtime", "/etc/timezone", "/usr/share/fonts", "/etc/fonts", "/etc/mime.types"};
    private static final String NULL_DEVICE = "/dev/null";

    private final Policy policy;
    private final String folder;
    private volatile boolean isMade;

    /** The folder is absolute, clean and without links; it is made when it is used first. Null for none. */
    public Rights(String folder, Policy policy) {
        this.folder = folder;
        this.policy = policy;
    }

    String folder() {
        return folder;
    }

    /** The folder, which is there from now on: File.createTempFile asks nobody when it goes to the kernel. */
    String madeFolder() {
        make();
        return folder;
    }

    Policy policy() {
        return policy;
    }

    /** The path as the kernel may have it, or null where the funclet may not use it. */
    String place(String path, boolean writes) {
        if (policy.isOpen()) {
            return path;
        }
        String clean = absolute(path);
        if (folder != null && Policy.isIn(folder, clean)) {
            make();
            return clean;
        }
        if (clean.equals(NULL_DEVICE) || !writes && isEverybodys(clean)) {
            return clean;
        }
        return policy.allows(clean, writes) && policy.allows(followed(clean), writes) ? clean : null;
    }

    private static boolean isEverybodys(String path) {
        if (Policy.isIn(JDK, path)) {
            return true;
        }
        for (String root : READABLE) {
            if (Policy.isIn(root, path)) {
                return true;
            }
        }
        return false;
    }

    /** Where links lead. */
    private static String followed(String path) {
        FileGate.enter();
        try {
            return new File(path).getCanonicalPath();
        } catch (IOException nowhere) {
            return path;
        } finally {
            FileGate.leave();
        }
    }

    private void make() {
        if (!isMade) {
            FileGate.enter();
            try {
                new File(folder).mkdirs();
                isMade = true;
            } finally {
                FileGate.leave();
            }
        }
    }

    /** The path from the root on, without `.`, `..` and double slashes. */
    String absolute(String path) {
        String from = path.startsWith("/") || folder == null ? path : folder + "/" + path;
        return from.startsWith("/") ? clean(from) : from;
    }

    private static String clean(String path) {
        if (path.indexOf("//") < 0 && path.indexOf("/.") < 0 && (path.length() == 1 || !path.endsWith("/"))) {
            return path;
        }
        StringBuilder out = new StringBuilder(path.length());
        for (String part : path.split("/")) {
            if (part.equals("..")) {
                out.setLength(Math.max(0, out.lastIndexOf("/")));
            } else if (!part.isEmpty() && !part.equals(".")) {
                out.append('/').append(part);
            }
        }
        return out.length() == 0 ? "/" : out.toString();
    }
}
