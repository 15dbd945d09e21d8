package flock.shim.bean;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.lang.reflect.Array;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Between JSON and objects, by the rules that Lambda's functions are written for: setters and public fields in, public getters and
 * fields out, members that are not known ignored, nulls left out.
 *
 * One for each function: what it remembers of a function's classes must go with them. Objects of the JDK and of the host are read
 * and written only where they are listed here, so no method of theirs runs with the host's rights. Depth and size are bounded.
 */
public final class Beans {
    private static final int MAX_DEPTH = 512;
    /** A fault tells the way to it from the top, as far as this. */
    private static final int SHOWN_DEPTH = 8;
    private static final String JDK_COLLECTIONS = "java.util.";

    private final Map<Class<?>, Shape> shapes = new ConcurrentHashMap<>();

    /** The value of this type that the JSON says. */
    public Object read(JsonElement json, Type type) {
        return in(json, type, 0);
    }

    /** The JSON of a value; one with more than so many values fails. */
    public JsonElement write(Object value, int mostValues) {
        return new Writing(mostValues).out(value, 0);
    }

    private Shape shape(Class<?> type) {
        Shape shape = shapes.get(type);
        if (shape == null) {
            shape = new Shape(type);
            shapes.put(type, shape);
        }
        return shape;
    }

    private Object in(JsonElement json, Type type, int depth) {
        Class<?> raw = Types.raw(type);
        if (JsonElement.class.isAssignableFrom(raw)) {
            if (!raw.isInstance(json)) {
                throw Scalars.misfit(json, raw);
            }
            return json;
        }
        if (json == null || json instanceof JsonNull) {
            return raw.isPrimitive() ? Scalars.zero(raw) : raw == Optional.class ? Optional.empty() : null;
        }
        if (depth > MAX_DEPTH) {
            throw new BeanFault("it is nested deeper than " + MAX_DEPTH + " levels");
        }
        if (raw == Object.class || raw == java.io.Serializable.class) {
            return natural(json, depth);
        }
        if (Scalars.has(raw)) {
            return Scalars.read(json, raw);
        }
        if (Times.has(raw)) {
            return Times.read(json, raw);
        }
        if (raw.isArray()) {
            return array(json, type, raw, depth);
        }
        if (Map.class.isAssignableFrom(raw)) {
            return map(json, type, raw, depth);
        }
        if (Collection.class.isAssignableFrom(raw) || raw == Iterable.class) {
            return collection(json, type, raw, depth);
        }
        Object optional = optional(json, type, raw, depth);
        return optional != null ? optional : bean(json, type, raw, depth);
    }

    private Object natural(JsonElement json, int depth) {
        if (json instanceof JsonObject) {
            Map<String, Object> map = new LinkedHashMap<>();
            ((JsonObject) json).entrySet().forEach(e -> map.put(e.getKey(), in(e.getValue(), Object.class, depth + 1)));
            return map;
        }
        if (json instanceof JsonArray) {
            List<Object> list = new ArrayList<>(((JsonArray) json).size());
            ((JsonArray) json).forEach(e -> list.add(in(e, Object.class, depth + 1)));
            return list;
        }
        JsonPrimitive primitive = (JsonPrimitive) json;
        return primitive.isBoolean() ? (Object) primitive.getAsBoolean()
                : primitive.isNumber() ? Scalars.natural(primitive) : primitive.getAsString();
    }

    private static boolean isEmptyText(JsonElement json) {
        return json instanceof JsonPrimitive && ((JsonPrimitive) json).isString() && json.getAsString().isEmpty();
    }

    /** An array in JSON, or the one value that stands for it. */
    private static Iterable<JsonElement> elements(JsonElement json) {
        return json instanceof JsonArray ? (JsonArray) json : List.of(json);
    }

    private Object element(JsonElement json, Type type, int place, int depth) {
        try {
            return in(json, type, depth + 1);
        } catch (BeanFault fault) {
            throw fault.in("[" + place + "]");
        }
    }

    private Object array(JsonElement json, Type type, Class<?> raw, int depth) {
        if (isEmptyText(json)) {
            return null;
        }
        Type part = type instanceof GenericArrayType ? ((GenericArrayType) type).getGenericComponentType() : raw.getComponentType();
        Object array = Array.newInstance(raw.getComponentType(), json instanceof JsonArray ? ((JsonArray) json).size() : 1);
        int place = 0;
        for (JsonElement element : elements(json)) {
            Array.set(array, place, element(element, part, place, depth));
            place++;
        }
        return array;
    }

    @SuppressWarnings("unchecked")
    private Object collection(JsonElement json, Type type, Class<?> raw, int depth) {
        if (isEmptyText(json)) {
            return null;
        }
        Type part = Types.argument(type, raw == Iterable.class ? Iterable.class : Collection.class, 0);
        Collection<Object> all = (Collection<Object>) (raw.isAssignableFrom(ArrayList.class) ? new ArrayList<>()
                : raw.isAssignableFrom(LinkedHashSet.class) ? new LinkedHashSet<>()
                : raw.isAssignableFrom(TreeSet.class) ? new TreeSet<>()
                : raw.isAssignableFrom(LinkedList.class) ? new LinkedList<>() : made(raw));
        int place = 0;
        for (JsonElement element : elements(json)) {
            all.add(element(element, part, place++, depth));
        }
        return all;
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private Object map(JsonElement json, Type type, Class<?> raw, int depth) {
        if (isEmptyText(json) || json instanceof JsonArray && ((JsonArray) json).isEmpty()) {
            return null;
        }
        if (!(json instanceof JsonObject)) {
            throw Scalars.misfit(json, raw);
        }
        Type key = Types.argument(type, Map.class, 0);
        Type value = Types.argument(type, Map.class, 1);
        Class<?> rawKey = Types.raw(key);
        Map<Object, Object> map = (Map<Object, Object>) (raw == EnumMap.class ? new EnumMap(rawKey)
                : raw.isAssignableFrom(LinkedHashMap.class) ? new LinkedHashMap<>()
                : raw.isAssignableFrom(TreeMap.class) ? new TreeMap<>()
                : raw.isAssignableFrom(ConcurrentHashMap.class) ? new ConcurrentHashMap<>() : made(raw));
        for (Map.Entry<String, JsonElement> member : ((JsonObject) json).entrySet()) {
            boolean isText = rawKey == Object.class || rawKey == String.class;
            Object name = isText ? member.getKey() : in(new JsonPrimitive(member.getKey()), key, depth + 1);
            try {
                map.put(name, in(member.getValue(), value, depth + 1));
            } catch (BeanFault fault) {
                throw fault.in("." + member.getKey());
            }
        }
        return map;
    }

    /** An object of a collection class: the function's, or one of java.util. */
    private Object made(Class<?> raw) {
        boolean isMade = Shape.isOwn(raw) || raw.getName().startsWith(JDK_COLLECTIONS);
        if (!isMade || raw.isInterface() || Modifier.isAbstract(raw.getModifiers())) {
            throw new BeanFault("values of type " + raw.getName() + " are not read from JSON");
        }
        if (Shape.isOwn(raw)) {
            return make(shape(raw));
        }
        try {
            return raw.getConstructor().newInstance();
        } catch (ReflectiveOperationException none) {
            throw new BeanFault("values of type " + raw.getName() + " are not read from JSON");
        }
    }

    private Object optional(JsonElement json, Type type, Class<?> raw, int depth) {
        if (raw == Optional.class) {
            return Optional.ofNullable(in(json, Types.argument(type, Optional.class, 0), depth + 1));
        }
        if (raw == OptionalInt.class) {
            return OptionalInt.of((Integer) Scalars.read(json, int.class));
        }
        if (raw == OptionalLong.class) {
            return OptionalLong.of((Long) Scalars.read(json, long.class));
        }
        return raw == OptionalDouble.class ? OptionalDouble.of((Double) Scalars.read(json, double.class)) : null;
    }

    private Object bean(JsonElement json, Type type, Class<?> raw, int depth) {
        if (!Shape.isOwn(raw)) {
            throw new BeanFault("values of type " + raw.getName() + " are not read from JSON");
        }
        if (json instanceof JsonArray && ((JsonArray) json).size() == 1) {
            return in(((JsonArray) json).get(0), type, depth + 1);
        }
        if (isEmptyText(json) || json instanceof JsonArray && ((JsonArray) json).isEmpty()) {
            return null;
        }
        if (!(json instanceof JsonObject)) {
            throw Scalars.misfit(json, raw);
        }
        Shape shape = shape(raw);
        if (shape.unmade != null) {
            throw new BeanFault(shape.unmade);
        }
        Map<TypeVariable<?>, Type> variables = type instanceof Class && raw.getGenericSuperclass() == Object.class
                ? Map.of() : Types.variables(type);
        Object[] parts = shape.components == null ? null : parts(shape);
        Object bean = parts == null ? make(shape) : null;
        for (Map.Entry<String, JsonElement> member : ((JsonObject) json).entrySet()) {
            Shape.Side side = shape.setter(member.getKey());
            if (side == null) {
                continue;
            }
            Object value;
            try {
                value = in(member.getValue(), Types.resolve(side.type, variables), depth + 1);
            } catch (BeanFault fault) {
                throw fault.in("." + member.getKey());
            }
            if (parts != null) {
                parts[side.place] = value;
            } else {
                set(side, bean, value);
            }
        }
        return parts == null ? bean : make(shape, parts);
    }

    private static Object[] parts(Shape shape) {
        Object[] parts = new Object[shape.components.size()];
        for (int i = 0; i < parts.length; i++) {
            Class<?> type = Types.raw(shape.components.get(i).type);
            parts[i] = type.isPrimitive() ? Scalars.zero(type) : null;
        }
        return parts;
    }

    private static Object make(Shape shape) {
        if (shape.unmade != null) {
            throw new BeanFault(shape.unmade);
        }
        try {
            return shape.maker.invoke();
        } catch (Throwable thrown) {
            throw Beans.<RuntimeException>as(thrown);
        }
    }

    private static Object make(Shape shape, Object[] parts) {
        try {
            return shape.maker.invoke(parts);
        } catch (Throwable thrown) {
            throw Beans.<RuntimeException>as(thrown);
        }
    }

    private static void set(Shape.Side side, Object bean, Object value) {
        try {
            Object ignored = side.handle.invoke(bean, value);
        } catch (Throwable thrown) {
            throw Beans.<RuntimeException>as(thrown);
        }
    }

    private static Object get(Shape.Side side, Object bean) {
        try {
            return side.handle.invoke(bean);
        } catch (Throwable thrown) {
            throw Beans.<RuntimeException>as(thrown);
        }
    }

    /** What function code throws goes on as it is, checked or not. */
    @SuppressWarnings("unchecked")
    private static <T extends Throwable> T as(Throwable thrown) throws T {
        throw (T) thrown;
    }

    /** One value on its way out, with the count of what it came to. */
    private final class Writing {
        private final int mostValues;
        private int values;

        Writing(int mostValues) {
            this.mostValues = mostValues;
        }

        JsonElement out(Object value, int depth) {
            if (++values > mostValues) {
                throw new BeanFault("it has more than " + mostValues + " values, which no result can have");
            }
            if (depth > MAX_DEPTH) {
                throw new BeanFault("it is nested deeper than " + MAX_DEPTH + " levels; is there a circle?");
            }
            if (value == null) {
                return JsonNull.INSTANCE;
            }
            if (value instanceof JsonElement) {
                return (JsonElement) value;
            }
            JsonElement plain = Scalars.write(value);
            plain = plain == null ? Times.write(value) : plain;
            if (plain != null) {
                return plain;
            }
            if (value instanceof Map) {
                return map((Map<?, ?>) value, depth);
            }
            if (value instanceof Iterable && (value instanceof Collection || Shape.isOwn(value.getClass()))) {
                return list((Iterable<?>) value, depth);
            }
            if (value.getClass().isArray()) {
                return array(value, depth);
            }
            Object inside = optional(value);
            return inside != value ? out(inside, depth + 1) : bean(value, depth);
        }

        private Object optional(Object value) {
            if (value instanceof Optional) {
                return ((Optional<?>) value).orElse(null);
            }
            if (value instanceof OptionalInt) {
                return ((OptionalInt) value).isPresent() ? ((OptionalInt) value).getAsInt() : null;
            }
            if (value instanceof OptionalLong) {
                return ((OptionalLong) value).isPresent() ? ((OptionalLong) value).getAsLong() : null;
            }
            if (value instanceof OptionalDouble) {
                return ((OptionalDouble) value).isPresent() ? ((OptionalDouble) value).getAsDouble() : null;
            }
            return value;
        }

        private JsonElement map(Map<?, ?> map, int depth) {
            JsonObject object = new JsonObject();
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                if (entry.getValue() != null) {
                    object.add(key(entry.getKey()), inside(entry.getValue(), entry.getKey(), depth));
                }
            }
            return object;
        }

        private String key(Object key) {
            JsonElement text = key == null ? null : Scalars.write(key);
            if (text == null) {
                throw new BeanFault(key == null ? "a map has a null key" : "a map has a key of type " + key.getClass().getName());
            }
            return text.getAsString();
        }

        private JsonElement list(Iterable<?> all, int depth) {
            JsonArray array = new JsonArray();
            for (Object element : all) {
                array.add(inside(element, array.size(), depth));
            }
            return array;
        }

        private JsonElement array(Object all, int depth) {
            int length = Array.getLength(all);
            JsonArray array = new JsonArray();
            for (int i = 0; i < length; i++) {
                array.add(inside(Array.get(all, i), i, depth));
            }
            return array;
        }

        private JsonElement bean(Object bean, int depth) {
            Class<?> type = bean.getClass();
            if (!Shape.isOwn(type)) {
                throw new BeanFault("values of type " + type.getName() + " are not written as JSON");
            }
            JsonObject object = new JsonObject();
            for (Map.Entry<String, Shape.Side> property : shape(type).getters.entrySet()) {
                Object value = get(property.getValue(), bean);
                if (value != null) {
                    object.add(property.getKey(), inside(value, property.getKey(), depth));
                }
            }
            return object;
        }

        private JsonElement inside(Object value, Object where, int depth) {
            try {
                return out(value, depth + 1);
            } catch (BeanFault fault) {
                throw depth > SHOWN_DEPTH ? fault : fault.in(where instanceof Integer ? "[" + where + "]" : "." + where);
            }
        }
    }
}
