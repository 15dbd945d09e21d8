package flock.shim.image;

import flock.shim.loader.FuncletLoader;
import java.util.ArrayList;
import java.util.List;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ConstantDynamic;
import org.objectweb.asm.FieldVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * Can code keep a reference to what it was given or gave, beyond the end of a call? A proof that it cannot, by its
 * class files alone; what cannot be proved counts as yes.
 *
 * An object lives on only if something that lives on leads to it: a static field, a thread, or something inside the
 * JDK. So code is confined when no class of it has a static field for anything that could lead to a value, none extends
 * or implements what the JDK might keep, and it calls nothing of the JDK but what keeps no argument ({@link Tame}).
 * Then a value that a call returns has no owner but the one who called, and can be handed on without a copy. That is so where the
 * code is called as a static method: the fields of an object would live on with it.
 *
 * Code that puts a JSON value into another may put it into two, which the value does not show.
 */
final class Confinement {
    private static final int CLASSES_MAX = 64;
    private static final int BYTES_MAX = 512 * 1024;
    private static final String SUFFIX = ".class";

    private final Image image;
    private boolean holds = true;
    private boolean joins;

    private Confinement(Image image) {
        this.image = image;
    }

    static Ownership of(Image image) {
        List<String> names = new ArrayList<>();
        image.eachName(name -> {
            if (name.endsWith(SUFFIX)) {
                names.add(name);
            }
        });
        if (names.isEmpty() || names.size() > CLASSES_MAX) {
            return Ownership.KEPT;
        }
        Confinement confinement = new Confinement(image);
        int left = BYTES_MAX;
        for (String name : names) {
            Entry entry = image.find(name);
            left -= entry.length();
            // A class that the loader takes from elsewhere is not the one that would be looked at here.
            String type = name.substring(0, name.length() - SUFFIX.length()).replace('/', '.');
            if (left < 0 || FuncletLoader.isShown(type) || !confinement.admits(entry.copy())) {
                return Ownership.KEPT;
            }
        }
        return confinement.joins ? Ownership.JOINED : Ownership.SOLE;
    }

    private boolean admits(byte[] classFile) {
        try {
            new ClassReader(classFile).accept(new OfClass(), ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES);
        } catch (RuntimeException unreadable) {
            return false;
        }
        return holds;
    }

    private void require(boolean condition) {
        holds &= condition;
    }

    private boolean isOwn(String type) {
        return image.find(type.concat(SUFFIX)) != null;
    }

    private void requireMethod(String owner, String name, String type) {
        require(owner.charAt(0) == '[' || isOwn(owner) || Tame.method(owner, name));
        joins |= Tame.joins(owner, name, type);
    }

    private void requireHandle(Handle handle) {
        if (handle.getTag() < Opcodes.H_INVOKEVIRTUAL) {
            require(isOwn(handle.getOwner()));
            return;
        }
        requireMethod(handle.getOwner(), handle.getName(), handle.getDesc());
    }

    private void requireConstant(Object constant) {
        if (constant instanceof Handle) {
            requireHandle((Handle) constant);
        }
        require(!(constant instanceof ConstantDynamic));
    }

    private final class OfClass extends ClassVisitor {
        OfClass() {
            super(Opcodes.ASM9);
        }

        @Override
        public void visit(int version, int access, String name, String signature, String parent, String[] interfaces) {
            require(Tame.parent(parent) || isOwn(parent));
            for (String each : interfaces) {
                require(Tame.parent(each) || isOwn(each));
            }
        }

        @Override
        public FieldVisitor visitField(int access, String name, String type, String signature, Object value) {
            require((access & Opcodes.ACC_STATIC) == 0 || Tame.constant(type));
            return null;
        }

        @Override
        public MethodVisitor visitMethod(int access, String name, String type, String signature, String[] exceptions) {
            require((access & Opcodes.ACC_NATIVE) == 0);
            return new OfMethod();
        }
    }

    private final class OfMethod extends MethodVisitor {
        OfMethod() {
            super(Opcodes.ASM9);
        }

        @Override
        public void visitMethodInsn(int opcode, String owner, String name, String type, boolean isInterface) {
            requireMethod(owner, name, type);
        }

        @Override
        public void visitFieldInsn(int opcode, String owner, String name, String type) {
            boolean isRead = opcode == Opcodes.GETSTATIC;
            require(isOwn(owner) || isRead && (Tame.constant(type) || Tame.shared(owner)));
        }

        @Override
        public void visitLdcInsn(Object value) {
            require(!(value instanceof Handle) && !(value instanceof ConstantDynamic));
            require(!(value instanceof Type) || ((Type) value).getSort() != Type.METHOD);
        }

        @Override
        public void visitInvokeDynamicInsn(String name, String type, Handle bootstrap, Object... arguments) {
            require(Tame.bootstrap(bootstrap.getOwner(), bootstrap.getName()));
            for (Object argument : arguments) {
                requireConstant(argument);
            }
        }
    }
}
