package flock.shim.bean;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The properties of one class of a function, as a bean: setters of any visibility, public getters, public fields; of a record, its
 * components. Only what the function's own classes declare counts, so the host calls no method of the JDK on a function's behalf.
 */
final class Shape {
    /**
     * The events of Lambda's library are beans whose names differ from those in the events in case and hyphens, and some have neither
     * setters nor a constructor that could be called: Lambda's own runtime has a rule for each of them.
     */
    private static final String EVENTS = "com.amazonaws.services.lambda.runtime.events.";

    /** One property, from one side: a handle and what goes through it. */
    static final class Side {
        final MethodHandle handle;
        final Type type;
        final int place;

        Side(MethodHandle handle, Type type, int place) {
            this.handle = handle;
            this.type = type;
            this.place = place;
        }
    }

    final Map<String, Side> getters = new LinkedHashMap<>();
    final Map<String, Side> setters = new HashMap<>();
    private final Map<String, Side> folded = new HashMap<>();
    /** Makes an object: without arguments, or, of a record, from an Object[] of its components. */
    final MethodHandle maker;
    /** The components of a record; null for a bean. */
    final List<Side> components;
    final String unmade;

    private final boolean isEvent;

    Shape(Class<?> type) {
        isEvent = type.getName().startsWith(EVENTS);
        if (type.isRecord()) {
            components = new ArrayList<>();
            maker = record(type);
            unmade = null;
        } else {
            components = null;
            fields(type);
            methods(type);
            unmade = unmade(type);
            maker = unmade == null ? maker(type) : null;
        }
        if (isEvent) {
            setters.forEach((name, side) -> folded.put(fold(name), side));
        }
    }

    /** Does this class come from the function's jar? */
    static boolean isOwn(Class<?> type) {
        ClassLoader loader = type.getClassLoader();
        return loader != null && loader != ClassLoader.getPlatformClassLoader() && loader != Shape.class.getClassLoader();
    }

    /** The way in for a member of this name, or null. */
    Side setter(String name) {
        Side exact = setters.get(name);
        return exact == null && !folded.isEmpty() ? folded.get(fold(name)) : exact;
    }

    private static String fold(String name) {
        return name.replace("-", "").replace("_", "").toLowerCase(Locale.ROOT);
    }

    private MethodHandle record(Class<?> type) {
        List<Class<?>> types = new ArrayList<>();
        for (RecordComponent component : type.getRecordComponents()) {
            Side in = new Side(null, component.getGenericType(), types.size());
            components.add(in);
            setters.put(component.getName(), in);
            getters.put(component.getName(), new Side(open(component.getAccessor()), component.getGenericType(), 0));
            types.add(component.getType());
        }
        try {
            Constructor<?> canonical = type.getDeclaredConstructor(types.toArray(new Class<?>[0]));
            canonical.setAccessible(true);
            return MethodHandles.lookup().unreflectConstructor(canonical).asSpreader(Object[].class, types.size());
        } catch (ReflectiveOperationException impossible) {
            throw new BeanFault("the record " + type.getName() + " has no canonical constructor");
        }
    }

    private String unmade(Class<?> type) {
        if (type.isInterface() || Modifier.isAbstract(type.getModifiers())) {
            return type.getName() + " is abstract, so no object of it can be made";
        }
        try {
            type.getDeclaredConstructor();
            return null;
        } catch (NoSuchMethodException none) {
            return isEvent ? null : type.getName() + " has no constructor without parameters";
        }
    }

    private static MethodHandle maker(Class<?> type) {
        MethodHandles.Lookup lookup = MethodHandles.lookup();
        try {
            Constructor<?> constructor = type.getDeclaredConstructor();
            constructor.setAccessible(true);
            return lookup.unreflectConstructor(constructor);
        } catch (NoSuchMethodException none) {
            return deserialiser(type, lookup);
        } catch (ReflectiveOperationException impossible) {
            throw new BeanFault(type.getName() + " cannot be made: " + impossible);
        }
    }

    /** Makes an event that has no constructor without parameters: by that of Object, as when an object is deserialised. */
    private static MethodHandle deserialiser(Class<?> type, MethodHandles.Lookup lookup) {
        try {
            Class<?> factory = Class.forName("sun.reflect.ReflectionFactory");
            Object made = factory.getMethod("getReflectionFactory").invoke(null);
            Object constructor = factory.getMethod("newConstructorForSerialization", Class.class, Constructor.class)
                    .invoke(made, type, Object.class.getDeclaredConstructor());
            MethodHandle handle = lookup.findVirtual(Constructor.class, "newInstance",
                    MethodType.methodType(Object.class, Object[].class)).asFixedArity().bindTo(constructor);
            return MethodHandles.insertArguments(handle, 0, (Object) new Object[0]);
        } catch (ReflectiveOperationException impossible) {
            throw new BeanFault(type.getName() + " cannot be made: " + impossible);
        }
    }

    /** Fields give the order in which properties are written; only public ones are properties by themselves. */
    private void fields(Class<?> type) {
        List<Class<?>> line = new ArrayList<>();
        for (Class<?> c = type; c != null && isOwn(c); c = c.getSuperclass()) {
            line.add(0, c);
        }
        for (Class<?> c : line) {
            for (Field field : c.getDeclaredFields()) {
                int modifiers = field.getModifiers();
                if (Modifier.isStatic(modifiers) || field.isSynthetic() || Modifier.isTransient(modifiers)) {
                    continue;
                }
                getters.put(field.getName(), null);
                if (isEvent) {
                    setters.put(field.getName(), new Side(open(field, true), field.getGenericType(), 0));
                }
                if (Modifier.isPublic(modifiers)) {
                    getters.put(field.getName(), new Side(open(field, false), field.getGenericType(), 0));
                    if (!Modifier.isFinal(modifiers)) {
                        setters.put(field.getName(), new Side(open(field, true), field.getGenericType(), 0));
                    }
                }
            }
        }
    }

    private void methods(Class<?> type) {
        Map<String, Class<?>> given = new HashMap<>();
        Method[] all = type.getMethods();
        Arrays.sort(all, Comparator.comparing(Method::getName));
        for (Method method : all) {
            String name = isOwn(method.getDeclaringClass()) ? getterName(method) : null;
            if (name != null) {
                getters.put(name, new Side(open(method), method.getGenericReturnType(), 0));
                given.put(name, method.getReturnType());
            }
        }
        getters.values().removeIf(side -> side == null);
        for (Class<?> c = type; c != null && isOwn(c); c = c.getSuperclass()) {
            for (Method method : c.getDeclaredMethods()) {
                String name = setterName(method);
                boolean isBetter = name != null && (!setters.containsKey(name) || setters.get(name).place == 0
                        || method.getParameterTypes()[0] == given.get(name));
                if (isBetter) {
                    setters.put(name, new Side(open(method), method.getGenericParameterTypes()[0], 1));
                }
            }
        }
    }

    private static String getterName(Method method) {
        boolean isNone = method.getParameterCount() != 0 || Modifier.isStatic(method.getModifiers())
                || method.isBridge() || method.isSynthetic() || method.getReturnType() == void.class;
        if (isNone) {
            return null;
        }
        String name = method.getName();
        Class<?> result = method.getReturnType();
        if (name.startsWith("get") && name.length() > 3) {
            return plain(name.substring(3));
        }
        boolean isIs = name.startsWith("is") && name.length() > 2 && (result == boolean.class || result == Boolean.class);
        return isIs ? plain(name.substring(2)) : null;
    }

    private static String setterName(Method method) {
        boolean isOne = method.getParameterCount() == 1 && !Modifier.isStatic(method.getModifiers()) && !method.isBridge()
                && !method.isSynthetic() && method.getName().startsWith("set") && method.getName().length() > 3;
        return isOne ? plain(method.getName().substring(3)) : null;
    }

    /** As java.beans names properties: a name that begins with two capitals stays. */
    private static String plain(String name) {
        if (name.length() > 1 && Character.isUpperCase(name.charAt(0)) && Character.isUpperCase(name.charAt(1))) {
            return name;
        }
        return Character.toLowerCase(name.charAt(0)) + name.substring(1);
    }

    private static MethodHandle open(Method method) {
        try {
            MethodHandle handle = MethodHandles.lookup().unreflect(accessible(method));
            return handle.asType(handle.type().generic());
        } catch (IllegalAccessException impossible) {
            throw new BeanFault(method + " cannot be called: " + impossible);
        }
    }

    private static MethodHandle open(Field field, boolean writes) {
        try {
            accessible(field);
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            MethodHandle handle = writes ? lookup.unreflectSetter(field) : lookup.unreflectGetter(field);
            return handle.asType(handle.type().generic());
        } catch (IllegalAccessException impossible) {
            throw new BeanFault(field + " cannot be used: " + impossible);
        }
    }

    private static <T extends AccessibleObject> T accessible(T member) {
        member.setAccessible(true);
        return member;
    }
}
