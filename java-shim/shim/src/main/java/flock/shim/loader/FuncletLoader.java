package flock.shim.loader;

import flock.boot.ClassHeader;
import flock.boot.Face;
import flock.boot.OwnedLoader;
import flock.boot.StopGate;
import flock.shim.image.Entry;
import flock.shim.image.Image;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.ByteBuffer;
import java.security.CodeSource;
import java.security.ProtectionDomain;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.jar.Attributes;

/**
 * The loader of one funclet: the JDK and gson from its parent, everything else from the image.
 *
 * Classes are defined straight from the mapped bytes. Resources are copied before function code gets them, so that
 * nothing it keeps refers to the mapping. After close() it finds nothing more. No stop reaches a thread in here, so one
 * that has to end and only asks for classes ends when it asks again.
 */
public final class FuncletLoader extends OwnedLoader {
    static {
        registerAsParallelCapable();
    }

    private static final ApiLoader API = ApiLoader.INSTANCE;
    /** A class for one function each, in flock-types.jar. */
    private static final String LENT = "flock.types.own.LambdaContext";
    private static final String LENT_NAMES = "flock.types.own.";
    private static final byte[] LENT_FILE = lentFile();

    private volatile Image image;
    private final Urls urls;
    private final ProtectionDomain domain;

    public FuncletLoader(Image image, long funclet, Face face) {
        super(API, face);
        this.image = image;
        urls = new Urls(this, funclet);
        CodeSource source = new CodeSource(urls.root(), (Certificate[]) null);
        domain = new ProtectionDomain(source, null, this, null);
    }

    /** Does a class of this name come from the host, whatever the image has? */
    public static boolean isShown(String className) {
        return API.owns(className);
    }

    /** Forgets the image, so that the host can unmap it. */
    public void close(Face own, Face remains) {
        disown(own, remains);
        image = null;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        StopGate.begins();
        Class<?> shown = API.shown(name);
        if (shown != null) {
            return shown;
        }
        if (API.owns(name)) {
            return API.loadClass(name, false);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> type = findLoadedClass(name);
            if (type == null) {
                type = findClass(name);
            }
            if (resolve) {
                resolveClass(type);
            }
            return type;
        }
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        Image image = this.image;
        if (name.startsWith(LENT_NAMES)) {
            return lent(name);
        }
        // A name with a slash would find the file of the class that has dots there.
        Entry entry = image == null || name.indexOf('/') >= 0 ? null : image.findClass(name);
        if (entry == null) {
            throw new ClassNotFoundException(name);
        }
        Attributes said = image.packageAttributes();
        if (said != null) {
            describePackage(name, said);
        }
        ByteBuffer classFile = entry.view();
        defines(classFile);
        return defineClass(name, classFile, domain);
    }

    @Override
    protected ClassHeader header(String name) {
        Image image = this.image;
        Entry entry = image == null ? null : image.findClass(name);
        return entry == null ? null : ClassHeader.of(entry.view());
    }

    @Override
    protected boolean awaits(String name) {
        Image image = this.image;
        return image != null && JarAncestry.isSupertype(image, name);
    }

    /** A class of the host that each function which needs it has for itself, so that what it opens there is its own. */
    private Class<?> lent(String name) throws ClassNotFoundException {
        if (!name.equals(LENT)) {
            throw new ClassNotFoundException(name);
        }
        return defineClass(name, LENT_FILE, 0, LENT_FILE.length, domain);
    }

    /** On the host's thread: on a function's, the jar could not be opened. */
    private static byte[] lentFile() {
        try (InputStream file = ClassLoader.getSystemResourceAsStream(LENT.replace('.', '/') + ".class")) {
            return file.readAllBytes();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private void describePackage(String className, Attributes said) {
        int dot = className.lastIndexOf('.');
        String name = dot < 0 ? "" : className.substring(0, dot);
        if (getDefinedPackage(name) != null) {
            return;
        }
        try {
            definePackage(name, said.getValue(Attributes.Name.SPECIFICATION_TITLE),
                    said.getValue(Attributes.Name.SPECIFICATION_VERSION),
                    said.getValue(Attributes.Name.SPECIFICATION_VENDOR),
                    said.getValue(Attributes.Name.IMPLEMENTATION_TITLE),
                    said.getValue(Attributes.Name.IMPLEMENTATION_VERSION),
                    said.getValue(Attributes.Name.IMPLEMENTATION_VENDOR), null);
        } catch (IllegalArgumentException raced) {
            // Another thread has described it in the meantime, in the same words.
        }
    }

    Entry find(String name) {
        Image image = this.image;
        return image == null ? null : image.find(name);
    }

    @Override
    public URL getResource(String name) {
        return find(name) != null ? urls.of(name) : getParent().getResource(name);
    }

    @Override
    public Enumeration<URL> getResources(String name) throws IOException {
        Enumeration<URL> below = getParent().getResources(name);
        if (find(name) == null) {
            return below;
        }
        List<URL> all = new ArrayList<>();
        all.add(urls.of(name));
        while (below.hasMoreElements()) {
            all.add(below.nextElement());
        }
        return Collections.enumeration(all);
    }

    @Override
    protected URL findResource(String name) {
        return find(name) != null ? urls.of(name) : null;
    }

    @Override
    protected Enumeration<URL> findResources(String name) {
        URL found = findResource(name);
        return found == null ? Collections.emptyEnumeration() : Collections.enumeration(Collections.singleton(found));
    }

    @Override
    public InputStream getResourceAsStream(String name) {
        Entry entry = find(name);
        return entry != null ? new ByteArrayInputStream(entry.copy()) : getParent().getResourceAsStream(name);
    }
}
