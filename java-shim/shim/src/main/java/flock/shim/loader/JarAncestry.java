package flock.shim.loader;

import flock.boot.Ancestry;
import flock.boot.ClassHeader;
import flock.shim.image.Entry;
import flock.shim.image.Image;
import flock.shim.rewrite.RewriteFault;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Holds the classes of a jar to the bounds of {@link Ancestry} when its image is made. Supertypes are found by their names as the loader of a
 * funclet finds them: the JDK's and gson's first, then the jar's.
 */
public final class JarAncestry extends Ancestry<String> {
    private static final String SUFFIX = ".class";

    private final Image image;
    /** Null: the jar has no such class that could be read. */
    private final Map<String, ClassHeader> headers = new HashMap<>();
    private final Map<String, List<String>> shared = new HashMap<>();

    private JarAncestry(Image image) {
        this.image = image;
    }

    /** Throws where the JVM must not be given a class of the jar. */
    public static void check(Image image) throws RewriteFault {
        JarAncestry ancestry = new JarAncestry(image);
        List<String> files = new ArrayList<>();
        image.eachName(name -> {
            if (name.endsWith(SUFFIX)) {
                files.add(name);
            }
        });
        for (String file : files) {
            ClassHeader header = ClassHeader.of(image.find(file).view());
            if (header == null) {
                continue;
            }
            String excess = ancestry.of(header.parents(), header.isInterface() ? header.methods() : 0).excess();
            if (excess != null) {
                throw new RewriteFault("the class " + header.shownName() + " " + excess, false);
            }
        }
    }

    /** Does a class of the jar name this one as a supertype? */
    static boolean isSupertype(Image image, String name) {
        boolean[] found = {false};
        image.eachName(file -> {
            if (!found[0] && file.endsWith(SUFFIX)) {
                ClassHeader header = ClassHeader.of(image.find(file).view());
                found[0] = header != null && header.parents().contains(name);
            }
        });
        return found[0];
    }

    @Override
    protected Collection<String> parents(String type) {
        List<String> parents = ofShared(type);
        if (parents != null) {
            return parents;
        }
        ClassHeader header = header(type);
        return header == null ? List.of() : header.parents();
    }

    @Override
    protected int methods(String type) {
        if (ofShared(type) != null) {
            return METHODS_OF_THE_JDK;
        }
        ClassHeader header = header(type);
        return header == null ? METHODS_IF_MISSING : header.methods();
    }

    @Override
    protected long steps(String type) {
        return ofShared(type) == null && header(type) == null ? WAYS_IF_MISSING : 1;
    }

    private ClassHeader header(String type) {
        if (!headers.containsKey(type)) {
            Entry entry = image.findClass(type);
            headers.put(type, entry == null ? null : ClassHeader.of(entry.view()));
        }
        return headers.get(type);
    }

    /** The parents of a class that all functions share; null for any other. */
    private List<String> ofShared(String type) {
        if (!shared.containsKey(type)) {
            shared.put(type, ApiLoader.INSTANCE.owns(type.replace('/', '.')) ? parentsOfShared(type.replace('/', '.')) : null);
        }
        return shared.get(type);
    }

    private static List<String> parentsOfShared(String name) {
        List<String> names = new ArrayList<>();
        try {
            for (Class<?> parent : parentsOf(ApiLoader.INSTANCE.loadClass(name, false))) {
                names.add(parent.getName().replace('.', '/'));
            }
        } catch (ClassNotFoundException | LinkageError missing) {
            // The class that names it cannot be loaded.
        }
        return names;
    }
}
