package flock.boot;

import java.lang.invoke.MethodType;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Hooks where `java.lang.invoke`, or a class, has the JVM make what it keeps until it ends, whoever it was made for: a class for each
 * sequence of kinds of bound arguments (7 KiB, and 4 to 7 KiB of the code cache), machine code for each sequence of kinds of arguments
 * (2 to 7 KiB), and a class for each number of cases of a switch. Kinds are int, long, float, double and reference, so few arguments
 * make few sequences, and these are free; so are references alone, but for switches. All others have a bound for all that the functions of a namespace ever had made, whether they are still there
 * or not, and one for all namespaces. What is there already may be used by everybody, and what the JDK and the
 * host link for code of their own is not asked about.
 */
public final class HandleGate {
    /** So many bound arguments, and arguments, make so few kinds that nobody has to count. */
    private static final int FREE_BOUND = 4;
    static final int FREE_ARGUMENTS = 3;

    private static final Known SPECIES = new Known("kinds of bound arguments of method handles", 512, 4096);
    private static final Known FORMS = new Known("kinds of arguments of method handles", 2048, 8192);
    private static final Known METHODS = new Known("kinds of arguments of methods", 4096, 16_384);
    private static final Known SWITCHES = new Known("kinds of switches of method handles (large ones count more)", 1024, 8192);
    private static final int CASES_OF_ONE = 32;
    private static volatile Kinds kinds;

    private HandleGate() {}

    /** The classes by the kinds of what they bind, a letter each. */
    public static Object species(Object shared) {
        if (Gate.caller() == null) {
            return shared;
        }
        Kinds now = kinds;
        if (now == null || now.shared != shared) {
            @SuppressWarnings("unchecked")
            ConcurrentHashMap<Object, Object> all = (ConcurrentHashMap<Object, Object>) shared;
            now = new Kinds(all);
            kinds = now;
        }
        return now;
    }

    /** A type whose references are all Object is about to be known. */
    public static void form(MethodType type) {
        int count = type.parameterCount();
        Face face = count <= FREE_ARGUMENTS ? null : Gate.caller();
        if (face == null) {
            return;
        }
        String letters = letters(type);
        if (!isPlain(letters)) {
            FORMS.ask(face, letters, 1);
        }
    }

    /** A switch of handles is about to be looked for by its type and its number of cases. */
    public static void switches(MethodType type, int cases) {
        Face face = Gate.caller();
        if (face != null) {
            SWITCHES.ask(face, cases + letters(type), 1 + cases / CASES_OF_ONE);
        }
    }

    /** A class with a method that takes arguments of these kinds is about to be defined. */
    static void asksForMethod(Face face, String key) {
        METHODS.ask(face, key, 1);
    }

    /** What it returns, and its arguments. */
    private static String letters(MethodType type) {
        StringBuilder letters = new StringBuilder(type.parameterCount() + 1);
        letters.append(letter(type.returnType()));
        for (int i = 0; i < type.parameterCount(); i++) {
            letters.append(letter(type.parameterType(i)));
        }
        return letters.toString();
    }

    /** Are all arguments references? */
    private static boolean isPlain(String letters) {
        for (int i = 1; i < letters.length(); i++) {
            if (letters.charAt(i) != 'L') {
                return false;
            }
        }
        return true;
    }

    private static char letter(Class<?> type) {
        if (!type.isPrimitive()) {
            return 'L';
        }
        if (type == long.class) {
            return 'J';
        }
        if (type == float.class) {
            return 'F';
        }
        if (type == double.class) {
            return 'D';
        }
        return type == void.class ? 'V' : 'I';
    }

    private static boolean isFree(String bound) {
        if (bound.length() <= FREE_BOUND) {
            return true;
        }
        for (int i = 0; i < bound.length(); i++) {
            if (bound.charAt(i) != 'L') {
                return false;
            }
        }
        return true;
    }

    /** What functions see of the map: a class that is not in it is asked for first. */
    private static final class Kinds extends ConcurrentHashMap<Object, Object> {
        private static final long serialVersionUID = 1;
        private final transient ConcurrentHashMap<Object, Object> shared;

        Kinds(ConcurrentHashMap<Object, Object> shared) {
            super(1);
            this.shared = shared;
        }

        @Override
        public Object computeIfAbsent(Object key, Function<? super Object, ?> maker) {
            Object value = shared.get(key);
            if (value != null) {
                return value;
            }
            Face face = key instanceof String && !isFree((String) key) ? Gate.caller() : null;
            if (face != null && SPECIES.ask(face, (String) key, 1)) {
                face.budget().makesClass();
            }
            return shared.computeIfAbsent(key, maker);
        }

        @Override
        public Object get(Object key) {
            return shared.get(key);
        }

        @Override
        public boolean replace(Object key, Object before, Object value) {
            return shared.replace(key, before, value);
        }
    }
}
