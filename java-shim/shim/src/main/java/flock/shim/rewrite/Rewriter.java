package flock.shim.rewrite;

import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassTooLargeException;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodTooLargeException;
import org.objectweb.asm.Opcodes;

/**
 * Changes a function's class so that it can be stopped: no handler keeps a {@link flock.boot.Stop}, large arrays ask
 * first, no finalizer is left. Done once, when an image is made, and for what a function defines at run time.
 *
 * Loads no class. Methods without handlers and arrays are copied as they are. A class file that the JVM might take and
 * that cannot be read here is a fault: nothing gets past unwritten.
 */
public final class Rewriter {
    private static final int MAGIC = 0xcafebabe;
    private static final int HEAD_BYTES = 8;
    private static final int MAJOR_OF_JDK_1 = 44;
    private static final int NAME_SHOWN_MAX_CHARS = 200;

    private Rewriter() {}

    /** The rewritten class file, or the same array when there is nothing to do or the JVM refuses it anyway. */
    public static byte[] rewrite(byte[] classFile) throws RewriteFault {
        if (!mayLoad(classFile)) {
            return classFile;
        }
        try {
            ClassReader reader = new ClassReader(classFile);
            if (reader.getClassName().equals(ArrayGuards.GUARD)) {
                // A copy that checks nothing must not take its place.
                throw new RewriteFault("the class flock.boot.Guard is the host's", true);
            }
            VerifierCost.check(reader, classFile.length, shown(reader.getClassName()));
            Survey survey = Survey.of(reader);
            return survey.isEmpty() ? classFile : write(reader, survey);
        } catch (MethodTooLargeException tooLarge) {
            throw new RewriteFault("the method " + tooLarge.getMethodName() + tooLarge.getDescriptor() + " of class "
                    + shown(tooLarge.getClassName()) + " is too large for the checks that it needs", false);
        } catch (ClassTooLargeException tooLarge) {
            throw new RewriteFault("the class " + shown(tooLarge.getClassName())
                    + " has too many constants for the checks that it needs", false);
        } catch (RuntimeException unreadable) {
            // ASM has no exception of its own for a damaged class file: indices out of bounds and the like.
            throw new RewriteFault("the class file " + nameIn(classFile) + " cannot be read: " + unreadable, true);
        }
    }

    private static byte[] write(ClassReader reader, Survey survey) {
        try {
            boolean isInterface = (reader.getAccess() & Opcodes.ACC_INTERFACE) != 0;
            Concats concats = survey.hasConcats() ? new Concats(reader.getClassName(), isInterface) : null;
            return write(reader, survey, concats);
        } catch (ClassTooLargeException tooLarge) {
            // The strings can stay as they are.
            return write(reader, survey, null);
        }
    }

    private static byte[] write(ClassReader reader, Survey survey, Concats concats) {
        try {
            return write(reader, survey, true, concats);
        } catch (MethodTooLargeException tooLarge) {
            // A method near the limit of 64 KiB: the handlers matter more than the arrays.
            return write(reader, survey, false, concats);
        }
    }

    private static byte[] write(ClassReader reader, Survey survey, boolean guardsArrays, Concats concats) {
        ClassWriter writer = new ClassWriter(reader, 0);
        reader.accept(new ClassPass(writer, survey, guardsArrays, concats), 0);
        return writer.toByteArray();
    }

    /** False for what has no magic number, or is for a newer JVM: the JVM's own message says it best. */
    private static boolean mayLoad(byte[] classFile) {
        return classFile.length >= HEAD_BYTES && int32(classFile, 0) == MAGIC
                && (int32(classFile, 4) & 0xffff) <= MAJOR_OF_JDK_1 + Runtime.version().feature();
    }

    private static int int32(byte[] bytes, int at) {
        return bytes[at] << 24 | (bytes[at + 1] & 0xff) << 16 | (bytes[at + 2] & 0xff) << 8 | bytes[at + 3] & 0xff;
    }

    private static String nameIn(byte[] classFile) {
        try {
            return shown(new ClassReader(classFile).getClassName());
        } catch (RuntimeException unreadable) {
            return "of " + classFile.length + " bytes";
        }
    }

    private static String shown(String name) {
        String dotted = name.replace('/', '.');
        return dotted.length() <= NAME_SHOWN_MAX_CHARS ? dotted : dotted.substring(0, NAME_SHOWN_MAX_CHARS);
    }
}
