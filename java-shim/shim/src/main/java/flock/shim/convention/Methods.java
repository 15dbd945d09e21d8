package flock.shim.convention;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import flock.boot.Stop;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The methods of one name that a class has or inherits, and what is wrong with them for OpenWhisk's convention. */
final class Methods {
    private static final int MOST_NAMES_SHOWN = 3;

    private final Class<?> type;
    private final String name;
    private final List<Method> found = new ArrayList<>();
    private final List<Method> others = new ArrayList<>();

    private Methods(Class<?> type, String name) {
        this.type = type;
        this.name = name;
    }

    /** Looks through the class and what it extends. Fails when a class in a signature is missing from the jar. */
    static Methods of(Class<?> type, String name) throws InitFault {
        Methods methods = new Methods(type, name);
        try {
            for (Class<?> c = type; c != null && c != Object.class; c = c.getSuperclass()) {
                for (Method method : c.getDeclaredMethods()) {
                    if (method.getName().equals(name) && !method.isSynthetic()) {
                        methods.found.add(method);
                    } else if (fault(method) == null) {
                        methods.others.add(method);
                    }
                }
            }
        } catch (Stop stop) {
            throw stop;
        } catch (LinkageError missing) {
            throw new InitFault(Texts.describe(missing) + ": a method of " + type.getName()
                    + " names a class that the jar does not have", missing);
        }
        return methods;
    }

    /** Is one of them a main? */
    boolean fits() {
        return found.stream().anyMatch(method -> fault(method) == null);
    }

    /** The method for payloads of this type, or null. */
    MethodHandle find(Class<? extends JsonElement> payload) {
        for (Method method : found) {
            if (fault(method) == null && method.getParameterTypes()[0] == payload) {
                try {
                    method.setAccessible(true);
                    return OpenWhisk.erase(MethodHandles.lookup().unreflect(method));
                } catch (IllegalAccessException impossible) {
                    throw new IllegalStateException(impossible);
                }
            }
        }
        return null;
    }

    /** What keeps this method from being a main, or null. */
    private static String fault(Method method) {
        int modifiers = method.getModifiers();
        Class<?>[] parameters = method.getParameterTypes();
        boolean takesPayload = parameters.length == 1 && isResult(parameters[0]);
        if (!takesPayload) {
            return "takes (" + names(parameters) + ")";
        }
        if (!isResult(method.getReturnType())) {
            return "returns " + method.getReturnType().getTypeName();
        }
        if (!Modifier.isStatic(modifiers)) {
            return "is not static";
        }
        return Modifier.isPublic(modifiers) ? null : "is not public";
    }

    private static boolean isResult(Class<?> type) {
        return type == JsonObject.class || type == JsonArray.class;
    }

    private static String names(Class<?>[] types) {
        return Arrays.stream(types).map(Class::getTypeName).collect(Collectors.joining(", "));
    }

    /** Why there is no main here. The method that is nearest to one is named first. */
    InitFault fault() {
        String expected = "; expected: public static com.google.gson.JsonObject " + name
                + "(com.google.gson.JsonObject)";
        String full = type.getName() + "." + name;
        if (found.isEmpty()) {
            return new InitFault("java.lang.NoSuchMethodException: " + type.getName() + " has no method " + name
                    + others() + expected, null);
        }
        Method nearest = found.get(0);
        for (Method method : found) {
            String fault = fault(method);
            if (fault != null && fault.startsWith("is not")) {
                nearest = method;
                break;
            }
            if (fault != null && fault.startsWith("returns")) {
                nearest = method;
            }
        }
        return new InitFault("java.lang.NoSuchMethodException: " + full + " " + fault(nearest) + expected, null);
    }

    private String others() {
        String names = others.stream().map(m -> type.getName() + "#" + m.getName()).distinct()
                .limit(MOST_NAMES_SHOWN).collect(Collectors.joining(" or "));
        return names.isEmpty() ? "" : " (set main to " + names + "?)";
    }
}
