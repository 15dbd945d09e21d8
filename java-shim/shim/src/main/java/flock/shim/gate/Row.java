package flock.shim.gate;

/** One instrumented JDK method. The hook is a static method of Gate; it gets the receiver, if any, and the arguments. */
final class Row {
    final Class<?> type;
    final String method;
    final String descriptor;
    final String hook;
    final Kind kind;

    Row(Class<?> type, String method, String descriptor, Kind kind, String hook) {
        this.type = type;
        this.method = method;
        this.descriptor = descriptor;
        this.kind = kind;
        this.hook = hook;
    }

    boolean isFor(String name, String descriptor) {
        return method.equals(name) && this.descriptor.equals(descriptor);
    }
}
