package flock.shim.convention;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Map;

/**
 * A method that takes a {@code java.util.Map}: {@code main(Map)} or {@code handler(Map)} of {@code pkg.Class}, or the one that
 * {@code pkg.Class#method} names. Static, or of an object that is made at the initialisation. It is asked for only when the
 * class has no main of OpenWhisk's.
 */
final class MapMain implements Convention {
    private static final String[] NAMES = {"main", "handler"};
    private static final MethodType ERASED = MethodType.methodType(Object.class, Object.class);

    @Override
    public Entry bind(Target target) throws InitFault {
        String main = target.main();
        int hash = main.indexOf('#');
        Class<?> type = MainClass.load(target, hash < 0 ? main : main.substring(0, hash));
        String named = hash < 0 || hash == main.length() - 1 ? null : main.substring(hash + 1);
        Method method = method(type, named);
        if (method == null) {
            return null;
        }
        Object object = Modifier.isStatic(method.getModifiers()) ? null : Instances.of(type);
        return entry(handle(method, object), new Values(method.getGenericParameterTypes()[0]));
    }

    /** The method of this name, or of one of the usual ones; null where there is none. */
    static Method method(Class<?> type, String named) {
        for (String name : named == null ? NAMES : new String[] {named}) {
            try {
                return type.getMethod(name, Map.class);
            } catch (NoSuchMethodException | LinkageError none) {
                continue;
            }
        }
        return null;
    }

    private static MethodHandle handle(Method method, Object object) throws InitFault {
        try {
            method.setAccessible(true);
            MethodHandle handle = MethodHandles.lookup().unreflect(method);
            return (object == null ? handle : handle.bindTo(object)).asType(ERASED);
        } catch (IllegalAccessException impossible) {
            throw new InitFault(Texts.describe(impossible), impossible);
        }
    }

    private static Entry entry(MethodHandle handle, Values values) {
        return new Entry() {
            @Override
            public void call(Exchange exchange) throws Throwable {
                Object argument;
                try {
                    argument = values.argument(exchange.payload());
                } catch (Values.Misfit wrong) {
                    exchange.refuse(wrong.getMessage());
                    return;
                }
                exchange.answer(values.result((Object) handle.invokeExact(argument)));
            }
        };
    }
}
