package flock.shim.rewrite;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * Strings that are put together by `invokedynamic` are put together by a method of the class itself. The JVM links each such
 * place when it is first reached, which for a small function takes as long as to define its class; in a host where most
 * classes run a few times, each instance would pay that anew. The string is the same.
 *
 * What the recipe cannot say by itself (constants that hold its marks) is left as it is, and so is a class that has methods
 * of the name which these get.
 */
final class Concats {
    static final String NAME = "flock$concat$";
    private static final String FACTORY = "java/lang/invoke/StringConcatFactory";
    private static final String BUILDER = "java/lang/StringBuilder";
    private static final char ARGUMENT = '\1';
    private static final char CONSTANT = '\2';
    /** A method for each different recipe; the rest stays as it is. */
    private static final int METHODS_MAX = 1000;
    private static final int STACK = 3;
    private static final int ROOM_CHARS = 16;

    private final Map<String, String> names = new HashMap<>();
    private final Map<String, String[]> made = new LinkedHashMap<>();
    private final String owner;
    private final boolean isInterface;

    Concats(String owner, boolean isInterface) {
        this.owner = owner;
        this.isInterface = isInterface;
    }

    /** Can this place be written so? */
    static boolean isOne(String descriptor, Handle bootstrap, Object[] arguments) {
        return bootstrap.getTag() == Opcodes.H_INVOKESTATIC && bootstrap.getOwner().equals(FACTORY)
                && bootstrap.getName().equals("makeConcatWithConstants") && arguments.length == 1
                && arguments[0] instanceof String && fits((String) arguments[0], descriptor);
    }

    private static boolean fits(String recipe, String descriptor) {
        Type type = Type.getMethodType(descriptor);
        int marks = 0;
        for (int i = 0; i < recipe.length(); i++) {
            if (recipe.charAt(i) == CONSTANT) {
                return false;
            }
            marks += recipe.charAt(i) == ARGUMENT ? 1 : 0;
        }
        return marks == type.getArgumentTypes().length && type.getReturnType().getDescriptor().equals("Ljava/lang/String;");
    }

    /** Writes such places of a method as calls. */
    MethodVisitor in(MethodVisitor method) {
        return new MethodVisitor(Opcodes.ASM9, method) {
            @Override
            public void visitInvokeDynamicInsn(String name, String descriptor, Handle bootstrap, Object... arguments) {
                String by = isOne(descriptor, bootstrap, arguments) ? nameOf((String) arguments[0], descriptor) : null;
                if (by == null) {
                    super.visitInvokeDynamicInsn(name, descriptor, bootstrap, arguments);
                } else {
                    super.visitMethodInsn(Opcodes.INVOKESTATIC, owner, by, descriptor, isInterface);
                }
            }
        };
    }

    private String nameOf(String recipe, String descriptor) {
        String key = descriptor + recipe;
        String known = names.get(key);
        if (known == null && names.size() < METHODS_MAX) {
            known = NAME + names.size();
            names.put(key, known);
            made.put(known, new String[] {descriptor, recipe});
        }
        return known;
    }

    /** Writes the methods that are called. */
    void write(ClassVisitor to) {
        made.forEach((name, parts) -> write(to, name, parts[0], parts[1]));
    }

    private static void write(ClassVisitor to, String name, String descriptor, String recipe) {
        MethodVisitor code = to.visitMethod(Opcodes.ACC_PRIVATE | Opcodes.ACC_STATIC | Opcodes.ACC_SYNTHETIC, name, descriptor,
                null, null);
        code.visitCode();
        code.visitTypeInsn(Opcodes.NEW, BUILDER);
        code.visitInsn(Opcodes.DUP);
        Type[] arguments = Type.getArgumentTypes(descriptor);
        if (isPlain(arguments)) {
            code.visitMethodInsn(Opcodes.INVOKESPECIAL, BUILDER, "<init>", "()V", false);
        } else {
            code.visitLdcInsn(recipe.length() + arguments.length * ROOM_CHARS);
            code.visitMethodInsn(Opcodes.INVOKESPECIAL, BUILDER, "<init>", "(I)V", false);
        }
        int argument = 0;
        int local = 0;
        for (int at = 0; at < recipe.length();) {
            if (recipe.charAt(at) == ARGUMENT) {
                Type type = arguments[argument++];
                code.visitVarInsn(type.getOpcode(Opcodes.ILOAD), local);
                local += type.getSize();
                append(code, appended(type));
                at++;
            } else {
                int end = recipe.indexOf(ARGUMENT, at);
                end = end < 0 ? recipe.length() : end;
                code.visitLdcInsn(recipe.substring(at, end));
                append(code, "Ljava/lang/String;");
                at = end;
            }
        }
        code.visitMethodInsn(Opcodes.INVOKEVIRTUAL, BUILDER, "toString", "()Ljava/lang/String;", false);
        code.visitInsn(Opcodes.ARETURN);
        code.visitMaxs(STACK, local);
        code.visitEnd();
    }

    /** Then the JVM's compiler finds out by itself how long the string gets; else the builder is made with room. */
    private static boolean isPlain(Type[] arguments) {
        for (Type type : arguments) {
            String as = appended(type);
            if (!as.equals("Ljava/lang/String;") && !as.equals("I") && !as.equals("C")) {
                return false;
            }
        }
        return true;
    }

    private static void append(MethodVisitor code, String type) {
        code.visitMethodInsn(Opcodes.INVOKEVIRTUAL, BUILDER, "append", "(" + type + ")L" + BUILDER + ";", false);
    }

    /** As what a builder takes it: an array of char, too, as the object that it is. */
    private static String appended(Type type) {
        switch (type.getSort()) {
            case Type.BYTE:
            case Type.SHORT:
                return "I";
            case Type.ARRAY:
                return "Ljava/lang/Object;";
            case Type.OBJECT:
                return type.getDescriptor().equals("Ljava/lang/String;") ? type.getDescriptor() : "Ljava/lang/Object;";
            default:
                return type.getDescriptor();
        }
    }
}
