package flock.shim.image;

import java.util.Map;
import java.util.Set;

/**
 * What of the JDK and of gson keeps no reference to what it is given, once the caller has let go of the result and of
 * the receiver: the list behind {@link Confinement}. What is not here counts as keeping.
 *
 * Nothing here starts threads, defines classes, reflects, caches
 * its arguments, or leads to an object of the JVM that lives on and that can be written to: the exceptions' causes and
 * suppressed ones are left out, because the JVM throws some of its errors again and again.
 */
final class Tame {
    private static final Set<String> THROWN = Set.of("<init>", "getMessage", "toString");
    /** Methods of listed classes that run elsewhere, or lead to types that are not listed. */
    private static final Set<String> NEVER = Set.of("stream", "parallelStream", "spliterator", "parallelSort",
            "parallelPrefix", "parallelSetAll", "wait", "notify", "notifyAll", "getClassLoader");

    private static final Map<String, Set<String>> METHODS = Map.ofEntries(
            Map.entry("java/lang/Object", Set.of("<init>", "equals", "hashCode", "toString", "getClass", "clone")),
            Map.entry("java/lang/Class", Set.of("getName", "getSimpleName", "desiredAssertionStatus", "isInstance", "cast")),
            Map.entry("java/lang/System", Set.of("currentTimeMillis", "nanoTime", "arraycopy", "identityHashCode",
                    "lineSeparator", "getenv")),
            Map.entry("java/io/PrintStream", Set.of("print", "println", "flush")),
            Map.entry("com/google/gson/JsonParser", Set.of("parseString")));

    private static final Set<String> CLASSES = Set.of(
            "java/lang/String", "java/lang/StringBuilder", "java/lang/StringBuffer", "java/lang/CharSequence",
            "java/lang/Math", "java/lang/StrictMath", "java/lang/Number", "java/lang/Integer", "java/lang/Long",
            "java/lang/Double", "java/lang/Float", "java/lang/Short", "java/lang/Byte", "java/lang/Character",
            "java/lang/Boolean", "java/lang/Comparable", "java/lang/Iterable", "java/lang/Runnable", "java/lang/Record",
            "java/math/BigInteger", "java/math/BigDecimal", "java/math/MathContext",
            "java/util/List", "java/util/Map", "java/util/Map$Entry", "java/util/Set", "java/util/Collection",
            "java/util/Iterator", "java/util/ListIterator", "java/util/SortedMap", "java/util/NavigableMap",
            "java/util/SortedSet", "java/util/NavigableSet", "java/util/Deque", "java/util/Queue",
            "java/util/ArrayList", "java/util/LinkedList", "java/util/ArrayDeque", "java/util/PriorityQueue",
            "java/util/HashMap", "java/util/LinkedHashMap", "java/util/TreeMap", "java/util/HashSet",
            "java/util/LinkedHashSet", "java/util/TreeSet", "java/util/BitSet", "java/util/Arrays",
            "java/util/Collections", "java/util/Objects", "java/util/Optional", "java/util/Comparator",
            "java/util/StringJoiner", "java/util/Random", "java/util/UUID", "java/util/Base64",
            "java/util/Base64$Encoder", "java/util/Base64$Decoder", "java/util/regex/Pattern", "java/util/regex/Matcher",
            "java/time/Instant", "java/time/Duration",
            "com/google/gson/JsonObject", "com/google/gson/JsonArray", "com/google/gson/JsonPrimitive",
            "com/google/gson/JsonElement", "com/google/gson/JsonNull", "flock/boot/Guard");

    private static final Set<String> ERRORS = Set.of("java/lang/Throwable", "java/lang/Exception", "java/lang/Error",
            "java/lang/RuntimeException", "java/lang/IllegalArgumentException", "java/lang/IllegalStateException",
            "java/lang/NumberFormatException", "java/lang/ArithmeticException", "java/lang/IndexOutOfBoundsException",
            "java/lang/NullPointerException", "java/lang/UnsupportedOperationException", "java/lang/AssertionError",
            "java/lang/ClassCastException");

    private static final Set<String> PARENTS = Set.of("java/lang/Object", "java/lang/Record", "java/lang/Exception",
            "java/lang/RuntimeException", "java/lang/IllegalArgumentException", "java/lang/IllegalStateException",
            "java/lang/Comparable", "java/lang/Iterable", "java/lang/Runnable", "java/util/Comparator", "java/util/Iterator");

    private static final Set<String> CONSTANTS = Set.of("Ljava/lang/String;", "Ljava/lang/Integer;", "Ljava/lang/Long;",
            "Ljava/lang/Double;", "Ljava/lang/Float;", "Ljava/lang/Short;", "Ljava/lang/Byte;", "Ljava/lang/Character;",
            "Ljava/lang/Boolean;", "Ljava/util/regex/Pattern;", "Ljava/math/BigInteger;", "Ljava/math/BigDecimal;");

    private static final Set<String> SHARED = Set.of("java/lang/System", "com/google/gson/JsonNull",
            "java/nio/charset/StandardCharsets", "java/util/Locale");

    private static final String ELEMENT = "Lcom/google/gson/JsonElement;";
    private static final String ARRAY = "Lcom/google/gson/JsonArray;";
    /** What shows the inside of a value as a collection of the JDK. */
    private static final Set<String> VIEWS = Set.of("asMap", "asList");

    private Tame() {}

    /** Does it put a JSON value into another, or could what it gives be used for that? */
    static boolean joins(String owner, String name, String type) {
        if (owner.equals("java/util/Map$Entry")) {
            return name.equals("setValue");
        }
        boolean isGson = owner.startsWith("com/google/gson/");
        String taken = type.substring(0, type.indexOf(')') + 1);
        return isGson && (VIEWS.contains(name) || taken.contains(ELEMENT) || taken.contains(ARRAY)) && !name.equals("equals");
    }

    static boolean method(String owner, String name) {
        if (NEVER.contains(name)) {
            return false;
        }
        if (ERRORS.contains(owner)) {
            return THROWN.contains(name);
        }
        Set<String> some = METHODS.get(owner);
        return some != null ? some.contains(name) : CLASSES.contains(owner) || owner.startsWith("java/util/function/");
    }

    /** May a class extend or implement it? */
    static boolean parent(String type) {
        return PARENTS.contains(type) || type.startsWith("java/util/function/");
    }

    /** Can a field of this type lead to nothing that can be written to? An array can hold but what it is an array of. */
    static boolean constant(String type) {
        String element = type.substring(type.lastIndexOf('[') + 1);
        return element.length() == 1 || CONSTANTS.contains(element);
    }

    /** A class of the JDK whose static fields may be read. */
    static boolean shared(String owner) {
        return SHARED.contains(owner);
    }

    static boolean bootstrap(String owner, String name) {
        return owner.equals("java/lang/invoke/LambdaMetafactory") && name.equals("metafactory")
                || owner.equals("java/lang/invoke/StringConcatFactory")
                || owner.equals("java/lang/runtime/ObjectMethods");
    }
}
