// Makes `count` classes (100 if not given) at run time and keeps them. `how`: own-loader (all by one class loader), loaders (one loader each),
// hidden (Lookup.defineHiddenClass), lookup (Lookup.defineClass), proxies (one loader each), handles (a lambda form each: method types of ever more parameters),
// dropped (one loader each, kept by nobody: classes may be unloaded), large (class files of 1 MiB),
// wide (one class with 8,000 methods, and subclasses that have a table of them each). Once, for any `count`: layers and layers-lookup (60 layers of two
// interfaces that each extend both of the layer below, by a class loader or by Lookup.defineClass), many-methods (a class that has an interface of
// 60,000 methods), markers (a lambda of 40 interfaces that each have 14 such layers below them).
package hostile.classbomb;

import com.google.gson.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.invoke.LambdaMetafactory;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;

public final class ClassBomb {
    private static final int WIDE_METHODS = 8_000;
    private static final int MANY_METHODS = 60_000;
    private static final int MARKERS = 40;
    private static final int LARGE_TEXTS = 16;
    private static final int TEXT_CHARACTERS = 65_000;
    private static final List<Object> KEPT = new ArrayList<>();

    private static final class Loader extends ClassLoader {
        Loader() {
            super(ClassBomb.class.getClassLoader());
        }

        Class<?> define(byte[] bytes) {
            return defineClass(null, bytes, 0, bytes.length);
        }
    }

    private ClassBomb() {}

    public static JsonObject main(JsonObject args) throws Exception {
        String how = args.has("how") ? args.get("how").getAsString() : "own-loader";
        int count = args.has("count") ? args.get("count").getAsInt() : 100;
        Loader one = new Loader();
        switch (how) {
            case "layers" -> layers(bytes -> one.define(bytes), "L", 60);
            case "layers-lookup" -> layers(MethodHandles.lookup()::defineClass, "K" + System.nanoTime() + "x", 60);
            case "many-methods" -> manyMethods(one);
            case "markers" -> markers();
            default -> { }
        }
        if (how.equals("wide")) one.define(classFile("hostile/classbomb/Wide", "java/lang/Object", WIDE_METHODS, 0));
        int from = KEPT.size();
        for (int i = from; i < from + count; i++) {
            Object made = make(how, one, i);
            if (!how.equals("dropped")) KEPT.add(made);
        }
        JsonObject result = new JsonObject();
        result.addProperty("kept", KEPT.size());
        return result;
    }

    private static Object make(String how, Loader one, int number) throws Exception {
        return switch (how) {
            case "own-loader" -> one.define(empty("hostile/classbomb/Made" + number));
            case "loaders", "dropped" -> new Loader().define(empty("hostile/classbomb/Made"));
            case "hidden" -> MethodHandles.lookup().defineHiddenClass(empty("hostile/classbomb/Hidden"), false).lookupClass();
            case "lookup" -> MethodHandles.lookup().defineClass(empty("hostile/classbomb/Looked" + number));
            case "proxies" -> Proxy.newProxyInstance(new Loader(), new Class<?>[] {Runnable.class}, (proxy, method, values) -> null);
            case "handles" -> handle(number);
            case "large" -> one.define(classFile("hostile/classbomb/Large" + number, "java/lang/Object", 0, LARGE_TEXTS));
            case "wide" -> one.define(classFile("hostile/classbomb/Wide" + number, "hostile/classbomb/Wide", 0, 0));
            case "layers", "layers-lookup", "many-methods", "markers" -> "made already";
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        };
    }

    private interface Definer {
        Class<?> define(byte[] classFile) throws Exception;
    }

    /** Gives one of the two at the top. */
    private static Class<?> layers(Definer definer, String prefix, int count) throws Exception {
        String name = "hostile/classbomb/" + prefix;
        Class<?> top = null;
        for (int i = 0; i < count; i++) {
            String[] below = i == 0 ? new String[0] : new String[] {name + "a" + (i - 1), name + "b" + (i - 1)};
            top = definer.define(classFile(0x601, name + "a" + i, "java/lang/Object", 1, 0, below));
            definer.define(classFile(0x601, name + "b" + i, "java/lang/Object", 1, 0, below));
        }
        return top;
    }

    private static void manyMethods(Loader one) throws Exception {
        one.define(classFile(0x601, "hostile/classbomb/Many", "java/lang/Object", MANY_METHODS, 0));
        one.define(classFile(0x421, "hostile/classbomb/Heir", "java/lang/Object", 0, 0, "hostile/classbomb/Many"));
    }

    private static void markers() throws Exception {
        MethodHandles.Lookup lookup = MethodHandles.lookup();
        MethodType nothing = MethodType.methodType(void.class);
        List<Object> how = new ArrayList<>(List.of(nothing, lookup.findStatic(ClassBomb.class, "nothing", nothing), nothing,
                LambdaMetafactory.FLAG_MARKERS, MARKERS));
        for (int i = 0; i < MARKERS; i++) how.add(layers(lookup::defineClass, "M" + i + "x", 14));
        KEPT.add(LambdaMetafactory.altMetafactory(lookup, "run", MethodType.methodType(Runnable.class), how.toArray()));
    }

    static void nothing() {}

    /** Every shape of parameters needs a form of its own. */
    private static Object handle(int number) {
        List<Class<?>> types = new ArrayList<>();
        for (int bits = number + 1; bits > 0; bits >>= 2) {
            types.add(switch (bits & 3) {
                case 0 -> int.class;
                case 1 -> long.class;
                case 2 -> double.class;
                default -> Object.class;
            });
        }
        return MethodHandles.dropArguments(MethodHandles.constant(int.class, number), 0, types)
                .asType(MethodType.methodType(Object.class, types));
    }

    private static byte[] empty(String name) throws IOException {
        return classFile(name, "java/lang/Object", 0, 0);
    }

    /** A public abstract class of so many abstract methods that mentions so many texts of 64 KiB. */
    private static byte[] classFile(String name, String parent, int methods, int texts) throws IOException {
        return classFile(0x421, name, parent, methods, texts);
    }

    private static byte[] classFile(int access, String name, String parent, int methods, int texts, String... interfaces) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(0xCAFEBABE);
        out.writeInt(61);
        out.writeShort(6 + methods + texts + 2 * interfaces.length);
        out.writeByte(1);
        out.writeUTF(name);
        out.writeByte(7);
        out.writeShort(1);
        out.writeByte(1);
        out.writeUTF(parent);
        out.writeByte(7);
        out.writeShort(3);
        out.writeByte(1);
        out.writeUTF("()V");
        for (int i = 0; i < methods; i++) {
            out.writeByte(1);
            out.writeUTF("m" + i);
        }
        for (int i = 0; i < texts; i++) {
            out.writeByte(1);
            out.writeUTF(name + "-" + i + "-".repeat(TEXT_CHARACTERS));
        }
        int first = 6 + methods + texts;
        for (int i = 0; i < interfaces.length; i++) {
            out.writeByte(1);
            out.writeUTF(interfaces[i]);
            out.writeByte(7);
            out.writeShort(first + 2 * i);
        }
        out.writeShort(access);
        out.writeShort(2);
        out.writeShort(4);
        out.writeShort(interfaces.length);
        for (int i = 0; i < interfaces.length; i++) out.writeShort(first + 2 * i + 1);
        out.writeShort(0);
        out.writeShort(methods);
        for (int i = 0; i < methods; i++) {
            out.writeShort(0x401);
            out.writeShort(6 + i);
            out.writeShort(5);
            out.writeShort(0);
        }
        out.writeShort(0);
        return bytes.toByteArray();
    }
}
