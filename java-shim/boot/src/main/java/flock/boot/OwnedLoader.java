package flock.boot;

import java.nio.ByteBuffer;

/** A class loader that knows its funclet, so that a frame on a stack names the one who calls. */
public abstract class OwnedLoader extends ClassLoader {
    static {
        registerAsParallelCapable();
    }

    private volatile Face face;

    protected OwnedLoader(ClassLoader parent, Face face) {
        super(parent);
        Callers.checkHost();
        this.face = face;
    }

    final Face face() {
        return face;
    }

    /** A class file is about to be defined. */
    protected final void defines(ByteBuffer classFile) {
        Face face = this.face;
        if (face != null) {
            face.budget().defines(classFile);
            Signatures.ask(face, classFile);
        }
    }

    /** The header of the class of this name, with slashes, that the jar has; or null. */
    protected abstract ClassHeader header(String name);

    /** Is this the name of a supertype of a class in the jar? */
    protected abstract boolean awaits(String name);

    /** Turns the classes that remain after an unload over to a face that grants nothing. */
    protected final void disown(Face own, Face remains) {
        face = Face.replaced(face, own, remains);
    }
}
