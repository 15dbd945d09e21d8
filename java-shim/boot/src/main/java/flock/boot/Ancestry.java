package flock.boot;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The supertypes of a class, counted before the JVM gets the class: when HotSpot makes one it follows each *way* up to its supertypes
 * for each method that it inherits and may not have, however often the ways meet again, and compares such methods with one another. No
 * stop reaches a thread there, and all others wait for it: 60 layers of two interfaces that extend both of the layer below hold the
 * process for ever. ARCHITECTURE.md says what large libraries have: under a third of each bound, views of Scala 2.12 just under half.
 */
public abstract class Ancestry<T> {
    /** All supertypes, each once. */
    public static final int TYPES_MAX = 1024;
    /** The methods that these declare, together; of an interface its own besides. */
    public static final int METHODS_MAX = 8192;
    /** The ways times the methods. The JVM takes 25 to 50 ns for each. */
    public static final long WORK_MAX = 1 << 23;
    /** What a type of the JDK counts for, for nobody asks how many it has: to ask may load the types of its parameters. */
    protected static final int METHODS_OF_THE_JDK = 32;
    /** What a type counts for that a jar names and does not have: a function may define it later. */
    protected static final int WAYS_IF_MISSING = 16;
    protected static final int METHODS_IF_MISSING = 128;

    private final Map<T, Long> known = new HashMap<>();

    /** The supertypes that a type names itself, without Object, as far as they can be found. */
    protected abstract Collection<T> parents(T type);

    /** These of a class that the JVM has. */
    protected static List<Class<?>> parentsOf(Class<?> type) {
        List<Class<?>> parents = new ArrayList<>(Arrays.asList(type.getInterfaces()));
        Class<?> superclass = type.getSuperclass();
        if (superclass != null && superclass != Object.class) {
            parents.add(superclass);
        }
        return parents;
    }

    /** How many methods a type declares. */
    protected abstract int methods(T type);

    /** The type itself, as the first step of ways; more where what is above it is not known. */
    protected long steps(T type) {
        return 1;
    }

    /** What a class has above it that has these parents, and so many methods that an heir may lack. */
    public final Count of(Collection<T> parents, int ownMethods) {
        Set<T> all = new HashSet<>();
        Deque<T> left = new ArrayDeque<>();
        long methods = ownMethods;
        add(parents, all, left);
        while (!left.isEmpty() && all.size() <= TYPES_MAX) {
            T type = left.pop();
            methods += methods(type);
            add(parents(type), all, left);
        }
        if (all.size() > TYPES_MAX) {
            return new Count(all.size(), methods, WORK_MAX);
        }
        long ways = 1;
        for (T parent : parents) {
            ways = Math.min(WORK_MAX, ways + ways(parent));
        }
        return new Count(all.size(), methods, ways);
    }

    private void add(Collection<T> types, Set<T> all, Deque<T> left) {
        for (T type : types) {
            if (all.size() <= TYPES_MAX && all.add(type)) {
                left.push(type);
            }
        }
    }

    /** Only of types whose supertypes are not too many, for they bound how deep this goes. */
    private long ways(T type) {
        Long found = known.get(type);
        if (found != null) {
            return found;
        }
        // A circle, which the JVM refuses, ends here.
        known.put(type, 0L);
        long ways = steps(type);
        for (T parent : parents(type)) {
            ways = Math.min(WORK_MAX, ways + ways(parent));
        }
        known.put(type, ways);
        return ways;
    }

    /** Of one class. */
    public static final class Count {
        private final int types;
        private final long methods;
        private final long ways;

        private Count(int types, long methods, long ways) {
            this.types = types;
            this.methods = methods;
            this.ways = ways;
        }

        /** Why the JVM must not be given the class; null: it may. */
        public String excess() {
            if (types > TYPES_MAX) {
                return "has more than " + TYPES_MAX + " supertypes";
            }
            if (methods > METHODS_MAX) {
                return "has or inherits " + methods + " methods, more than " + METHODS_MAX;
            }
            long work = ways * (methods + 1);
            return work <= WORK_MAX ? null : "has so many ways to its supertypes that they are, times the methods which it inherits, "
                    + work + ", more than " + WORK_MAX;
        }

        /** Is the class, with so many methods of its own, no more than a type is taken for that a jar names and does not have? */
        boolean isLight(int ownMethods) {
            return types <= WAYS_IF_MISSING && methods + ownMethods <= METHODS_IF_MISSING && ways <= WAYS_IF_MISSING;
        }
    }
}
