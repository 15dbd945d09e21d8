package flock.boot;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Holds the classes that a function defines at run time to the bounds of {@link Ancestry}, as a deployment holds those of its jar.
 *
 * A class file only names its parents, so they are asked for before the JVM does it, of the same loader, which the JVM then takes at
 * its word. How many methods a class of the function has is known by its class file: from the image, or kept from when it was defined.
 */
final class Descent {
    /** A class that is not kept has fewer. */
    private static final int MANY_METHODS = 8;
    /** Far more than the limit of classes lets a function have. */
    private static final int KEPT_MAX = 1 << 16;
    private static final ClassLoader HOST = ClassLoader.getSystemClassLoader();

    /** By names, whichever loader has them. */
    private final Map<String, Integer> methods = new ConcurrentHashMap<>();
    private final Set<Definition> pending = ConcurrentHashMap.newKeySet();

    /** A class file is about to be given to the JVM. */
    void check(ClassLoader loader, ClassHeader header) {
        Definition definition = new Definition(Thread.currentThread(), loader, header.name());
        if (!pending.add(definition)) {
            throw new ClassCircularityError(header.name());
        }
        try {
            List<Class<?>> parents = new ArrayList<>();
            for (String parent : header.parents()) {
                parents.add(load(parent, loader));
            }
            int ofHeirs = header.isInterface() ? header.methods() : 0;
            Ancestry.Count count = check(header.shownName(), parents, ofHeirs);
            if (!count.isLight(header.methods() - ofHeirs) && loader instanceof OwnedLoader && ((OwnedLoader) loader).awaits(header.name())) {
                throw new LinkageError("the class " + header.shownName() + ", which classes of the jar extend and which is not in it, "
                        + "has more above it than one that is made at run time may have");
            }
        } finally {
            pending.remove(definition);
        }
        keep(header);
    }

    /** A class of these parents is about to be made that has so many methods which its heirs may lack. */
    Ancestry.Count check(String name, List<Class<?>> parents, int ownMethods) {
        Ancestry.Count count = new Loaded().of(parents, ownMethods);
        String excess = count.excess();
        if (excess != null) {
            throw new LinkageError("the class " + name + " " + excess);
        }
        return count;
    }

    private static Class<?> load(String name, ClassLoader loader) {
        try {
            return Class.forName(name.replace('/', '.'), false, loader);
        } catch (ClassNotFoundException missing) {
            NoClassDefFoundError error = new NoClassDefFoundError(name);
            error.initCause(missing);
            throw error;
        }
    }

    private void keep(ClassHeader header) {
        if (header.methods() <= MANY_METHODS) {
            return;
        }
        if (methods.size() >= KEPT_MAX) {
            throw new LinkageError("the function has defined more than " + KEPT_MAX + " classes with many methods");
        }
        methods.merge(header.name(), header.methods(), Math::max);
    }

    private final class Loaded extends Ancestry<Class<?>> {
        @Override
        protected Collection<Class<?>> parents(Class<?> type) {
            return parentsOf(type);
        }

        @Override
        protected int methods(Class<?> type) {
            ClassLoader loader = type.getClassLoader();
            if (loader == null || loader == HOST || loader == ClassLoader.getPlatformClassLoader()) {
                return METHODS_OF_THE_JDK;
            }
            String name = type.getName().replace('.', '/');
            ClassHeader header = loader instanceof OwnedLoader ? ((OwnedLoader) loader).header(name) : null;
            return Math.max(header == null ? MANY_METHODS : header.methods(), methods.getOrDefault(name, 0));
        }
    }

    /** One thread defines a class by a loader. Loaders may have a hashCode of the function's. */
    private static final class Definition {
        private final Thread thread;
        private final ClassLoader loader;
        private final String name;

        Definition(Thread thread, ClassLoader loader, String name) {
            this.thread = thread;
            this.loader = loader;
            this.name = name;
        }

        @Override
        public boolean equals(Object other) {
            Definition that = (Definition) other;
            return thread == that.thread && loader == that.loader && name.equals(that.name);
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(thread) * 31 + name.hashCode();
        }
    }
}
