package flock.shim.convention;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.google.gson.JsonElement;
import flock.boot.Exit;
import flock.boot.Stop;
import flock.shim.bean.Types;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.Map;

/**
 * AWS Lambda's convention: a class with {@code RequestHandler} or {@code RequestStreamHandler}, named by itself, or
 * {@code pkg.Class::method}. One object serves all calls of an instance. {@link LambdaValues} says what becomes of payload and
 * result. What the function throws is Lambda's error object, as an application error. A class that has a main of OpenWhisk's keeps
 * that, unless a method is named.
 */
final class Lambda implements Convention {
    private static final String METHOD_SIGN = "::";
    private static final String CONTEXT = "flock.types.own.LambdaContext";
    private static final MethodType CONTEXT_FROM =
            MethodType.methodType(Context.class, String.class, String.class, String.class, int.class, long.class);
    private static final MethodType SPREAD = MethodType.methodType(Object.class, Object[].class);

    /** What runs with the object, the argument and the context; the value, or nothing where the output has it. */
    private interface Handler {
        Object call(LambdaValues.Call call, Context context) throws Throwable;
    }

    @Override
    public Entry bind(Target target) throws InitFault {
        String main = target.main();
        int sign = main.lastIndexOf(METHOD_SIGN);
        if (sign >= 0) {
            String method = main.substring(sign + METHOD_SIGN.length());
            return method(target, MainClass.load(target, main.substring(0, sign)), method);
        }
        if (main.indexOf('#') >= 0) {
            return null;
        }
        Class<?> type = MainClass.load(target, main);
        boolean isValueHandler = RequestHandler.class.isAssignableFrom(type);
        if (!isValueHandler && !RequestStreamHandler.class.isAssignableFrom(type) || OpenWhisk.has(type)) {
            return null;
        }
        Object object = Instances.of(type);
        return isValueHandler ? values(target, type, object) : streams(target, (RequestStreamHandler) object);
    }

    @SuppressWarnings("unchecked")
    private static Entry values(Target target, Class<?> type, Object object) throws InitFault {
        RequestHandler<Object, Object> handler = (RequestHandler<Object, Object>) object;
        LambdaValues values = LambdaValues.of(target, Types.argument(type, RequestHandler.class, 0),
                Types.argument(type, RequestHandler.class, 1));
        return entry(target, values, (call, context) -> handler.handleRequest(call.argument(), context));
    }

    private static Entry streams(Target target, RequestStreamHandler handler) throws InitFault {
        return entry(target, LambdaValues.of(target, Object.class, Object.class), (call, context) -> {
            handler.handleRequest(call.input(), call.output(), context);
            return null;
        });
    }

    private static Entry method(Target target, Class<?> type, String name) throws InitFault {
        Method best = null;
        int bestScore = -1;
        for (Method method : type.getMethods()) {
            int score = method.getName().equals(name) ? score(method) : -1;
            if (score > bestScore) {
                best = method;
                bestScore = score;
            }
        }
        if (best == null) {
            throw new InitFault("java.lang.NoSuchMethodException: No public method named " + name
                    + " with appropriate method signature found on class " + type.getName()
                    + "; expected: RESULT " + name + "([INPUT][, Context]) or void " + name
                    + "(InputStream, OutputStream[, Context])", null);
        }
        Map<TypeVariable<?>, Type> known = Types.variables(type);
        Type[] parameters = best.getGenericParameterTypes();
        Class<?>[] raw = best.getParameterTypes();
        Type input = parameters.length == 0 ? Object.class : Types.resolve(parameters[0], known);
        LambdaValues values = LambdaValues.of(target, input, Types.resolve(best.getGenericReturnType(), known));
        MethodHandle handle = handle(best, Modifier.isStatic(best.getModifiers()) ? null : Instances.of(type));
        return entry(target, values, (call, context) -> {
            Object[] arguments = new Object[raw.length];
            for (int i = 0; i < raw.length; i++) {
                arguments[i] = raw[i] == Context.class ? context : raw[i] == InputStream.class ? call.input()
                        : raw[i] == OutputStream.class ? call.output() : call.argument();
            }
            return (Object) handle.invokeExact(arguments);
        });
    }

    /** Better is: no bridge, then more parameters, where a context at the end counts double. Less than zero: does not fit. */
    private static int score(Method method) {
        Class<?>[] parameters = method.getParameterTypes();
        int count = parameters.length;
        boolean hasContext = count > 0 && parameters[count - 1] == Context.class;
        int others = hasContext ? count - 1 : count;
        boolean fits = others < 2 || others == 2 && parameters[0] == InputStream.class && parameters[1] == OutputStream.class;
        if (!fits) {
            return -1;
        }
        return (method.isBridge() ? 0 : 10) + others + (hasContext ? 2 : 0);
    }

    private static MethodHandle handle(Method method, Object object) throws InitFault {
        try {
            method.setAccessible(true);
            MethodHandle handle = MethodHandles.lookup().unreflect(method);
            MethodHandle bound = object == null ? handle : handle.bindTo(object);
            return bound.asSpreader(Object[].class, method.getParameterCount()).asType(SPREAD);
        } catch (IllegalAccessException impossible) {
            throw new InitFault(Texts.describe(impossible), impossible);
        }
    }

    private static Entry entry(Target target, LambdaValues values, Handler handler) throws InitFault {
        MethodHandle contexts = contexts(target);
        return new Entry() {
            @Override
            public void call(Exchange exchange) throws Throwable {
                LambdaValues.Call call = values.call(exchange);
                JsonElement result;
                try {
                    result = call.result(handler.call(call, context(contexts, exchange)));
                } catch (Stop | Exit | VirtualMachineError ends) {
                    throw ends;
                } catch (LambdaMisfit misfit) {
                    exchange.report(null, misfit.getMessage());
                    result = LambdaErrors.of(misfit.getMessage(), "Runtime.UserException", null);
                } catch (Throwable thrown) {
                    exchange.report(thrown, null);
                    result = LambdaErrors.of(thrown);
                }
                exchange.answer(result);
            }
        };
    }

    /** Makes contexts of the class that the function has for itself. */
    private static MethodHandle contexts(Target target) throws InitFault {
        try {
            Class<?> type = Class.forName(CONTEXT, true, target.loader());
            MethodType from = CONTEXT_FROM.changeReturnType(void.class);
            return MethodHandles.publicLookup().findConstructor(type, from).asType(CONTEXT_FROM);
        } catch (ReflectiveOperationException impossible) {
            throw new InitFault(Texts.describe(impossible), impossible);
        }
    }

    private static Context context(MethodHandle contexts, Exchange exchange) throws Throwable {
        return (Context) contexts.invokeExact(text(exchange, "__OW_ACTIVATION_ID"), text(exchange, "__OW_ACTION_NAME"),
                text(exchange, "__OW_ACTION_VERSION"), (int) number(exchange, "__FLOCK_MEMORY_MB"),
                number(exchange, "__OW_DEADLINE"));
    }

    private static String text(Exchange exchange, String name) {
        String value = exchange.env(name);
        return value == null ? "" : value;
    }

    private static long number(Exchange exchange, String name) {
        try {
            return Long.parseLong(text(exchange, name));
        } catch (NumberFormatException none) {
            return 0;
        }
    }
}
