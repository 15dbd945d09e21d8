// Loops and handlers made of method handles: the JVM makes their code, so no class file of the function holds them. For ever, unless `bounded`
// is true (the default), which lets each end after a moment. `how`: counted (countedLoop), while (whileLoop), catch (a whileLoop around catchException for
// Throwable), finally (a whileLoop around tryFinally that drops the Throwable), proxy (MethodHandleProxies), switch-point (guardWithTest that is always true).
package hostile.combinator;

import com.google.gson.JsonObject;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

public final class Combinator {
    private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();
    private static volatile long endNanos;

    private Combinator() {}

    public static JsonObject main(JsonObject args) throws Throwable {
        String how = args.has("how") ? args.get("how").getAsString() : "counted";
        boolean isBounded = !args.has("bounded") || args.get("bounded").getAsBoolean();
        endNanos = isBounded ? System.nanoTime() + 100_000_000 : Long.MAX_VALUE;
        MethodHandle goesOn = own("goesOn", boolean.class);
        MethodHandle work = own("work", void.class);
        switch (how) {
            case "counted" -> {
                MethodHandle body = MethodHandles.dropArguments(MethodHandles.constant(int.class, 1), 0, int.class, int.class);
                MethodHandle count = MethodHandles.constant(int.class, isBounded ? 1_000_000 : Integer.MAX_VALUE);
                MethodHandle loop = MethodHandles.countedLoop(count, MethodHandles.constant(int.class, 0), body);
                do {
                    loop.invoke();
                } while (!isBounded);
            }
            case "while" -> MethodHandles.whileLoop(null, goesOn, work).invoke();
            case "catch" -> {
                MethodHandle handler = MethodHandles.empty(MethodType.methodType(void.class, Throwable.class));
                MethodHandle body = MethodHandles.catchException(work, Throwable.class, handler);
                MethodHandle test = MethodHandles.catchException(goesOn, Throwable.class,
                        MethodHandles.dropArguments(MethodHandles.constant(boolean.class, true), 0, Throwable.class));
                MethodHandles.whileLoop(null, test, body).invoke();
            }
            case "finally" -> {
                MethodHandle yes = MethodHandles.dropArguments(MethodHandles.constant(boolean.class, true), 0, Throwable.class, boolean.class);
                MethodHandle test = MethodHandles.catchException(goesOn, Throwable.class, MethodHandles.dropArguments(
                        MethodHandles.constant(boolean.class, true), 0, Throwable.class));
                MethodHandle body = MethodHandles.catchException(MethodHandles.dropReturn(MethodHandles.tryFinally(goesOn, yes)),
                        Throwable.class, MethodHandles.empty(MethodType.methodType(void.class, Throwable.class)));
                MethodHandles.whileLoop(null, test, body).invoke();
            }
            case "proxy" -> MethodHandleProxies.asInterfaceInstance(Runnable.class, MethodHandles.whileLoop(null, goesOn, work)).run();
            case "switch-point" -> {
                MethodHandle test = MethodHandles.guardWithTest(goesOn, MethodHandles.constant(boolean.class, true),
                        MethodHandles.constant(boolean.class, false));
                MethodHandles.doWhileLoop(null, work, test).invoke();
            }
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        JsonObject result = new JsonObject();
        result.addProperty("how", how);
        return result;
    }

    private static MethodHandle own(String name, Class<?> type) throws ReflectiveOperationException {
        return LOOKUP.findStatic(Combinator.class, name, MethodType.methodType(type));
    }

    static boolean goesOn() {
        return System.nanoTime() < endNanos;
    }

    static void work() {
        Thread.onSpinWait();
    }
}
