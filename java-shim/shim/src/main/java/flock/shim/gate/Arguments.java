package flock.shim.gate;

import java.util.ArrayList;
import java.util.List;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** What a method passes to its hook: the receiver, unless it is a constructor's, then the arguments. */
final class Arguments {
    private static final Type OBJECT = Type.getObjectType("java/lang/Object");

    /** As the hook sees them. */
    final List<Type> types = new ArrayList<>();
    private final List<Type> loaded = new ArrayList<>();
    private final List<Integer> locals = new ArrayList<>();
    private final int hasReceiver;
    private int slots;

    Arguments(int access, String name, String descriptor) {
        boolean isStatic = (access & Opcodes.ACC_STATIC) != 0;
        boolean passesReceiver = !isStatic && !name.equals("<init>");
        int local = isStatic ? 0 : 1;
        if (passesReceiver) {
            add(OBJECT, 0);
        }
        for (Type type : Type.getArgumentTypes(descriptor)) {
            add(type, local);
            local += type.getSize();
        }
        hasReceiver = passesReceiver ? 1 : 0;
    }

    private void add(Type type, int local) {
        types.add(Row.shown(type));
        loaded.add(type);
        locals.add(local);
        slots += type.getSize();
    }

    /** Stack that all of them take. */
    int slots() {
        return slots;
    }

    void load(MethodVisitor to) {
        for (int i = 0; i < loaded.size(); i++) {
            to.visitVarInsn(loaded.get(i).getOpcode(Opcodes.ILOAD), locals.get(i));
        }
    }

    int local(int argument) {
        return locals.get(argument + hasReceiver);
    }

    /** As the method has it. */
    Type loaded(int argument) {
        return loaded.get(argument + hasReceiver);
    }

    Type type(int argument) {
        return types.get(argument + hasReceiver);
    }

    String hookDescriptor(Type returned) {
        return Type.getMethodDescriptor(returned, types.toArray(new Type[0]));
    }
}
