package flock.boot;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The classes of arrays: one for each number of dimensions, up to 255, of each class, 4 KiB outside of the heap. They belong to the class
 * loader of their elements, so those of the JDK's classes stay until the JVM ends. One and two dimensions, and arrays of primitives, are
 * free. Others count as classes of the function where the element is its own, and have bounds where it is the JDK's.
 *
 * An object of this class knows what one funclet had made of its own. What a class file names is counted before the class is
 * defined, for the JVM makes it whenever it comes to it.
 */
final class ArrayTypes {
    private static final int FREE_DIMENSIONS = 2;
    private static final int DIMENSIONS_MAX = 255;
    private static final long OPENING = 0x5b5b_5b5b_5b5b_5b5bL;
    private static final long LOW = 0x0101_0101_0101_0101L;
    private static final long HIGH = 0x8080_8080_8080_8080L;

    private static final Known KNOWN =
            new Known("classes of arrays with more than two dimensions of a class of the JDK", 4096, 16_384);
    /** The most dimensions that there are of a class of the JDK, as far as functions had them made. */
    private static final ConcurrentHashMap<String, Integer> DEEPEST = new ConcurrentHashMap<>();
    /** Of these everybody may have so many, whatever others made before. */
    private static final String[] USUAL = {"java.lang.Object", "java.lang.String", "java.lang.Integer", "java.lang.Long", "java.lang.Double"};
    private static final int USUAL_DIMENSIONS = 5;

    static {
        for (String name : USUAL) {
            DEEPEST.put(name, USUAL_DIMENSIONS);
        }
    }

    private final Map<Class<?>, Integer> deepest = new WeakHashMap<>();

    /** An array of so many dimensions is about to be made. */
    static void made(Class<?> component, int dimensions) {
        int all = dimensions;
        Class<?> element = component;
        while (element.isArray()) {
            element = element.getComponentType();
            all++;
        }
        if (all > FREE_DIMENSIONS && all <= DIMENSIONS_MAX && !element.isPrimitive()) {
            Face face = Gate.caller();
            if (face != null) {
                ask(face, element, all);
            }
        }
    }

    /** A class is about to be looked for by its name; no loader: the function's. */
    static void named(String name, ClassLoader loader) {
        int all = 0;
        while (all < name.length() && name.charAt(all) == '[') {
            all++;
        }
        boolean isOfClass = all < name.length() && name.charAt(all) == 'L' && name.endsWith(";");
        Face face = all > FREE_DIMENSIONS && all <= DIMENSIONS_MAX && isOfClass ? Gate.caller() : null;
        if (face == null) {
            return;
        }
        try {
            String element = name.substring(all + 1, name.length() - 1);
            ask(face, Class.forName(element, false, loader == null ? face.systemLoader() : loader), all);
        } catch (ClassNotFoundException notThere) {
            // It may be there for a loader of the function that nobody has named.
            face.budget().makesClasses(all - FREE_DIMENSIONS);
        }
    }

    private static void ask(Face face, Class<?> element, int all) {
        if (Callers.isBuiltIn(element.getClassLoader())) {
            askShared(face, element.getName(), all);
            return;
        }
        int more = face.budget().arrays().more(element, all);
        if (more > 0) {
            face.budget().makesClasses(more);
        }
    }

    private static void askShared(Face face, String element, int all) {
        int known = DEEPEST.getOrDefault(element, FREE_DIMENSIONS);
        if (all > known) {
            KNOWN.ask(face, element + '#' + all, all - known);
            DEEPEST.merge(element, all, Math::max);
        }
    }

    private synchronized int more(Class<?> element, int all) {
        int known = deepest.getOrDefault(element, FREE_DIMENSIONS);
        if (all > known) {
            deepest.put(element, all);
        }
        return all - known;
    }

    /** A class with the constants in this part of its file is about to be defined. Looks at eight bytes at a time: most have no bracket. */
    static void inFile(Face face, ByteBuffer file, int from, int to) {
        int at = from;
        Map<String, Integer> own = null;
        while (at < to) {
            if (at + Long.BYTES <= to && !hasOpening(file.getLong(at))) {
                at += Long.BYTES;
                continue;
            }
            int end = Math.min(at + Long.BYTES, to);
            while (at < end && file.get(at) != '[') {
                at++;
            }
            int begin = at;
            while (at < to && file.get(at) == '[') {
                at++;
            }
            int all = Math.min(at - begin, DIMENSIONS_MAX);
            String element = all > FREE_DIMENSIONS ? element(file, at, to) : null;
            if (element != null && JdkPackages.has(element)) {
                askShared(face, element, all);
            } else if (element != null) {
                own = own == null ? new HashMap<>() : own;
                own.merge(element, all - FREE_DIMENSIONS, Math::max);
            }
        }
        if (own != null) {
            face.budget().makesClasses((int) Math.min(Integer.MAX_VALUE, own.values().stream().mapToLong(more -> more).sum()));
        }
    }

    /** The name of the class, with dots; null where there is none. */
    private static String element(ByteBuffer file, int at, int to) {
        if (at >= to || file.get(at) != 'L') {
            return null;
        }
        int end = at + 1;
        while (end < to && file.get(end) != ';') {
            // No name has one: so no byte is looked at twice, whatever is in the file.
            if (file.get(end) == '[') {
                return null;
            }
            end++;
        }
        byte[] name = new byte[end - at - 1];
        file.get(at + 1, name);
        return new String(name, StandardCharsets.UTF_8).replace('/', '.');
    }

    private static boolean hasOpening(long bytes) {
        long other = bytes ^ OPENING;
        return (other - LOW & ~other & HIGH) != 0;
    }
}
