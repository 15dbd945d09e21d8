package flock.shim.convention;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.HashMap;
import java.util.Map;

/** What a class puts in for the type parameters of an interface that it implements, itself or through what it extends. */
final class Generics {
    private Generics() {}

    /** The type in this place; Object where the class leaves it open. */
    static Type argument(Class<?> type, Class<?> wanted, int place) {
        Type found = find(type, wanted, place, new HashMap<>());
        return found == null || found instanceof TypeVariable || found.getTypeName().startsWith("?")
                ? Object.class : found;
    }

    private static Type find(Type type, Class<?> wanted, int place, Map<TypeVariable<?>, Type> known) {
        Class<?> raw;
        if (type instanceof ParameterizedType) {
            ParameterizedType parameterized = (ParameterizedType) type;
            raw = (Class<?>) parameterized.getRawType();
            TypeVariable<?>[] variables = raw.getTypeParameters();
            Type[] arguments = parameterized.getActualTypeArguments();
            for (int i = 0; i < variables.length; i++) {
                known.put(variables[i], known.getOrDefault(arguments[i], arguments[i]));
            }
            if (raw == wanted) {
                return known.get(variables[place]);
            }
        } else if (type instanceof Class) {
            raw = (Class<?>) type;
        } else {
            return null;
        }
        for (Type parent : raw.getGenericInterfaces()) {
            Type found = find(parent, wanted, place, known);
            if (found != null) {
                return found;
            }
        }
        return raw.getGenericSuperclass() == null ? null : find(raw.getGenericSuperclass(), wanted, place, known);
    }
}
