// Makes `count` classes (100 if not given) at run time and keeps them. `how`: own-loader (all by one class loader), loaders (one loader each),
// hidden (Lookup.defineHiddenClass), lookup (Lookup.defineClass), proxies (one loader each), handles (a lambda form each: method types of ever more parameters),
// dropped (one loader each, kept by nobody: classes may be unloaded), large (class files of 1 MiB),
// wide (one class with 60,000 methods, and subclasses that have a table of them each).
package hostile.classbomb;

import com.google.gson.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;

public final class ClassBomb {
    private static final int WIDE_METHODS = 60_000;
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
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        };
    }

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
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(0xCAFEBABE);
        out.writeInt(61);
        out.writeShort(6 + methods + texts);
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
        out.writeShort(0x421);
        out.writeShort(2);
        out.writeShort(4);
        out.writeInt(0);
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
