package flock.shim.bean;

import java.lang.reflect.Array;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.HashMap;
import java.util.Map;

/** Questions about generic types: what a class makes of the type variables of what it extends. */
public final class Types {
    private static final int MOST_STEPS = 64;

    private Types() {}

    /** The class behind a type; of a variable or a wildcard, that of its bound. */
    public static Class<?> raw(Type type) {
        Type now = type;
        for (int i = 0; i < MOST_STEPS; i++) {
            if (now instanceof Class) {
                return (Class<?>) now;
            }
            if (now instanceof ParameterizedType) {
                now = ((ParameterizedType) now).getRawType();
            } else if (now instanceof WildcardType) {
                now = ((WildcardType) now).getUpperBounds()[0];
            } else if (now instanceof TypeVariable) {
                now = ((TypeVariable<?>) now).getBounds()[0];
            } else if (now instanceof GenericArrayType) {
                return Array.newInstance(raw(((GenericArrayType) now).getGenericComponentType()), 0).getClass();
            } else {
                break;
            }
        }
        return Object.class;
    }

    /** What the type puts in for each variable of itself and of all that it extends. */
    public static Map<TypeVariable<?>, Type> variables(Type type) {
        Map<TypeVariable<?>, Type> known = new HashMap<>();
        learn(type, known);
        return known;
    }

    private static void learn(Type type, Map<TypeVariable<?>, Type> known) {
        if (type == null) {
            return;
        }
        Class<?> raw = raw(type);
        if (type instanceof ParameterizedType) {
            Type[] arguments = ((ParameterizedType) type).getActualTypeArguments();
            TypeVariable<?>[] variables = raw.getTypeParameters();
            for (int i = 0; i < variables.length && i < arguments.length; i++) {
                known.putIfAbsent(variables[i], resolve(arguments[i], known));
            }
        }
        learn(raw.getGenericSuperclass(), known);
        for (Type parent : raw.getGenericInterfaces()) {
            learn(parent, known);
        }
    }

    /** The type with its variables filled in, where they are known. */
    public static Type resolve(Type type, Map<TypeVariable<?>, Type> known) {
        if (known.isEmpty()) {
            return type;
        }
        if (type instanceof TypeVariable) {
            return known.getOrDefault((TypeVariable<?>) type, type);
        }
        if (type instanceof GenericArrayType) {
            Type part = resolve(((GenericArrayType) type).getGenericComponentType(), known);
            return (GenericArrayType) () -> part;
        }
        if (type instanceof ParameterizedType) {
            ParameterizedType whole = (ParameterizedType) type;
            Type[] given = whole.getActualTypeArguments();
            Type[] filled = new Type[given.length];
            for (int i = 0; i < given.length; i++) {
                filled[i] = resolve(given[i], known);
            }
            return new Filled((Class<?>) whole.getRawType(), filled, whole.getOwnerType());
        }
        return type;
    }

    /** The type in this place of a parent's parameters; Object where the class leaves it open. */
    public static Type argument(Type type, Class<?> parent, int place) {
        Type found = variables(type).get(parent.getTypeParameters()[place]);
        return found == null ? Object.class : found instanceof TypeVariable ? raw(found) : found;
    }

    private static final class Filled implements ParameterizedType {
        private final Class<?> raw;
        private final Type[] arguments;
        private final Type owner;

        Filled(Class<?> raw, Type[] arguments, Type owner) {
            this.raw = raw;
            this.arguments = arguments;
            this.owner = owner;
        }

        @Override
        public Type[] getActualTypeArguments() {
            return arguments.clone();
        }

        @Override
        public Type getRawType() {
            return raw;
        }

        @Override
        public Type getOwnerType() {
            return owner;
        }

        @Override
        public String toString() {
            StringBuilder text = new StringBuilder(raw.getName()).append('<');
            for (int i = 0; i < arguments.length; i++) {
                text.append(i == 0 ? "" : ", ").append(arguments[i].getTypeName());
            }
            return text.append('>').toString();
        }
    }
}
