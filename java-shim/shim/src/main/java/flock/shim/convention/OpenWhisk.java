package flock.shim.convention;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * Apache OpenWhisk's convention: `public static JsonObject|JsonArray m(JsonObject|JsonArray)`, named by
 * `pkg.Class` (method main) or `pkg.Class#method`. The class itself need not be public, the method may be inherited.
 *
 * The common case, a public class with (JsonObject)JsonObject, is found by one look-up of a method handle; only when
 * that fails does {@link Methods} look through the class by reflection, which costs more and finds the words.
 */
final class OpenWhisk implements Convention {
    private static final String DEFAULT_METHOD = "main";
    private static final MethodType COMMON = MethodType.methodType(JsonObject.class, JsonObject.class);
    private static final MethodType ERASED = MethodType.methodType(JsonElement.class, JsonElement.class);

    @Override
    public Entry bind(Target target) throws InitFault {
        String main = target.main();
        int hash = main.indexOf('#');
        String className = hash < 0 ? main : main.substring(0, hash);
        String method = hash < 0 || hash == main.length() - 1 ? DEFAULT_METHOD : main.substring(hash + 1);
        Class<?> type = MainClass.load(target, className);
        MethodHandle common = common(type, method);
        if (common == null) {
            Methods methods = Methods.of(type, method);
            MethodHandle forObject = methods.find(JsonObject.class);
            MethodHandle forArray = methods.find(JsonArray.class);
            if (forObject == null && forArray == null) {
                if (MapMain.method(type, hash < 0 ? null : method) != null) {
                    return null;
                }
                throw methods.fault();
            }
            return new Main(type, method, null, forObject, forArray, true);
        }
        return new Main(type, method, common, null, null, false);
    }

    /** Has the class a main of this convention? */
    static boolean has(Class<?> type) throws InitFault {
        return common(type, DEFAULT_METHOD) != null || Methods.of(type, DEFAULT_METHOD).fits();
    }

    private static MethodHandle common(Class<?> type, String method) {
        try {
            return MethodHandles.publicLookup().findStatic(type, method, COMMON);
        } catch (ReflectiveOperationException | LinkageError other) {
            return null;
        }
    }

    static MethodHandle erase(MethodHandle handle) {
        return handle.asType(ERASED);
    }

    /** The one or two methods of a function. The one for arrays is looked for when the first array comes. */
    private static final class Main implements Entry {
        private final Class<?> type;
        private final String method;
        /** Called as what it is: to make it take another type takes about as long as to find it. */
        private final MethodHandle common;
        private final MethodHandle forObject;
        private volatile MethodHandle forArray;
        private volatile boolean arraySought;

        Main(Class<?> type, String method, MethodHandle common, MethodHandle forObject, MethodHandle forArray,
                boolean arraySought) {
            this.type = type;
            this.method = method;
            this.common = common;
            this.forObject = forObject;
            this.forArray = forArray;
            this.arraySought = arraySought;
        }

        @Override
        public boolean isStatic() {
            return true;
        }

        @Override
        public void call(Exchange exchange) throws Throwable {
            JsonElement payload = exchange.payload();
            boolean isObject = payload instanceof JsonObject;
            if (isObject && common != null) {
                exchange.answer((JsonObject) common.invokeExact((JsonObject) payload));
                return;
            }
            MethodHandle handle = isObject ? forObject : forArray();
            if (handle == null) {
                exchange.refuse(otherKind(isObject ? "JsonObject" : "JsonArray", isObject ? "JsonArray" : "JsonObject"));
                return;
            }
            exchange.answer((JsonElement) handle.invokeExact(payload));
        }

        private MethodHandle forArray() throws InitFault {
            if (!arraySought) {
                forArray = Methods.of(type, method).find(JsonArray.class);
                arraySought = true;
            }
            return forArray;
        }

        private String otherKind(String given, String has) {
            String name = type.getName() + "." + method;
            return "An error has occurred while invoking the action (see logs for details): "
                    + "java.lang.NoSuchMethodException: the payload is a " + given + ", and there is only " + name
                    + "(" + has + "); expected: public static JsonObject " + method + "(" + given + ")";
        }
    }
}
