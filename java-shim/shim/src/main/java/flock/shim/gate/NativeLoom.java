package flock.shim.gate;

/** The loom as the host drives it. The natives are there only while it does. */
final class NativeLoom implements Loom.Jvm {
    private NativeLoom() {}

    /** What the table's classes become. */
    static byte[] weave() throws Exception {
        return Loom.weave();
    }

    /** Puts it in. */
    static void put(byte[] woven) throws Exception {
        Loom.put(woven, new NativeLoom());
    }

    @Override
    public void open(Module module, String packageName, Module to) {
        if (!opened(module, packageName, to)) {
            throw new IllegalStateException("the JVM does not open " + packageName);
        }
    }

    @Override
    public void read(Module module, Module read) {
        if (!reads(module, read)) {
            throw new IllegalStateException("the JVM does not let " + module + " read the hooks");
        }
    }

    @Override
    public void redefine(Class<?>[] types, byte[][] classFiles) {
        int error = redefined(types, classFiles);
        if (error != 0) {
            throw new IllegalStateException("the JVM does not take the gate's class files: JVMTI error " + error);
        }
    }

    private static native boolean opened(Module module, String packageName, Module to);

    private static native boolean reads(Module module, Module read);

    private static native int redefined(Class<?>[] types, byte[][] classFiles);
}
