package flock.shim.gate;

import java.util.Arrays;
import org.objectweb.asm.Type;

/**
 * One instrumented JDK method (or field), named by the types of its arguments; what it returns does not matter. Where releases
 * differ, the arguments of each are given. The hook is a static method of a class of flock.boot; it gets the receiver,
 * if any, and the arguments, those of internal types as Object.
 */
final class Row {
    private static final String BOOT = "flock/boot/";

    final String type;
    final String method;
    final Kind kind;
    final String hookClass;
    /** The hook's method, or the row's text. */
    final String hook;
    /** Which argument a filter replaces, from 0. */
    final int argument;
    private final String[] arguments;
    private final int fromRelease;
    private final int lastRelease;
    /** The module that the class is in, if a JDK may lack it. */
    private final String module;
    private boolean mayLack;

    private Row(String type, String method, String arguments, Kind kind, String hook, int argument, int fromRelease,
            int lastRelease, String module) {
        this.type = type;
        this.method = method;
        this.arguments = arguments.split("\\|");
        this.kind = kind;
        int dot = hook.indexOf('.');
        boolean hasHook = kind.hasHook();
        hookClass = BOOT + (hasHook ? hook.substring(0, dot) : "");
        this.hook = hasHook ? hook.substring(dot + 1) : hook;
        this.argument = argument;
        this.fromRelease = fromRelease;
        this.lastRelease = lastRelease;
        this.module = module;
    }

    static Row of(String type, String method, String arguments, Kind kind, String hook) {
        return new Row(type, method, arguments, kind, hook, 0, 0, Integer.MAX_VALUE, null);
    }

    static Row filter(String type, String method, String arguments, int argument, String hook) {
        return new Row(type, method, arguments, Kind.FILTER, hook, argument, 0, Integer.MAX_VALUE, null);
    }

    /** What the methods of a class read in a field of it, of a class around it or of one in it, its initialiser left out. */
    static Row field(String type, String field, String hook) {
        return of(type, field, "", Kind.FIELD, hook);
    }

    /** Functions are told that they cannot do this. */
    static Row refuse(String type, String method, String arguments, String what) {
        return of(type, method, arguments, Kind.REFUSE, what);
    }

    static Row handlers(String type, String method, String arguments) {
        return new Row(type, method, arguments, Kind.HANDLERS, "", 0, 0, Integer.MAX_VALUE, null);
    }

    /** The row for JDKs of this release on; older ones lack the method. */
    Row from(int release) {
        return new Row(type, method, String.join("|", arguments), kind, source(), argument, release, lastRelease, module);
    }

    /** The row for JDKs up to this release; newer ones lack the method. */
    Row until(int release) {
        return new Row(type, method, String.join("|", arguments), kind, source(), argument, fromRelease, release, module);
    }

    /** The row for JDKs that have this module. */
    Row inModule(String name) {
        return new Row(type, method, String.join("|", arguments), kind, source(), argument, fromRelease, lastRelease, name);
    }

    /** The row for JDKs that have the method: updates of some releases do, others do not. To be said last. */
    Row ifThere() {
        Row row = inModule(module);
        row.mayLack = true;
        return row;
    }

    private boolean isThere() {
        try {
            return Arrays.stream(Class.forName(type, false, ClassLoader.getPlatformClassLoader()).getDeclaredMethods())
                    .anyMatch(each -> each.getName().equals(method));
        } catch (ClassNotFoundException lacking) {
            return false;
        }
    }

    private String source() {
        return kind.hasHook() ? hookClass.substring(BOOT.length()) + "." + hook : hook;
    }

    boolean isForThisJdk() {
        int release = Runtime.version().feature();
        return release >= fromRelease && release <= lastRelease
                && (module == null || ModuleLayer.boot().findModule(module).isPresent()) && (!mayLack || isThere());
    }

    /** Is it for this method of its class? */
    boolean isFor(String name, String descriptor) {
        if (kind == Kind.FIELD) {
            return !name.equals("<clinit>");
        }
        if (!name.equals(method)) {
            return false;
        }
        for (String each : arguments) {
            if (descriptor.startsWith(each + ")", 1)) {
                return true;
            }
        }
        return false;
    }

    /** Internal types of the JDK are not for the hooks' eyes, nor those that the oldest JDK has not. */
    static Type shown(Type type) {
        boolean isObject = type.getSort() == Type.OBJECT || type.getSort() == Type.ARRAY;
        String name = type.getDescriptor().replace("[", "");
        return !isObject || name.startsWith("Ljava/") && !name.startsWith("Ljava/lang/foreign/")
                || type.getSort() == Type.ARRAY && type.getElementType().getSort() != Type.OBJECT
                ? type : Type.getObjectType("java/lang/Object");
    }

    @Override
    public String toString() {
        return type + "." + method + "(" + String.join("|", arguments) + ")";
    }
}
