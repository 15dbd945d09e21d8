// Runs a class that no compiler makes, written byte by byte at run time and defined by a loader of the function. For ever: none of these loops has an end,
// so `how` must be named. catch-any (a loop that catches everything), self-covering (its handler is inside its own range), two-handlers (each is the
// handler of the other), monitor (the same with a monitor entered at each turn), subroutine (a finally by jsr and ret, as old compilers made it), bootstrap (an
// invokedynamic whose bootstrap never ends, so that the thread stays inside linking), nothing (a method that returns).
// `through`: loader (if not given), hidden, lookup: who defines the class.
package hostile.bytecode;

import com.google.gson.JsonObject;
import java.lang.invoke.CallSite;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.InvocationTargetException;

public final class Bytecode {
    private Bytecode() {}

    private static final class Loader extends ClassLoader {
        Loader() {
            super(Bytecode.class.getClassLoader());
        }

        Class<?> define(byte[] bytes) {
            return defineClass(null, bytes, 0, bytes.length);
        }
    }

    public static JsonObject main(JsonObject args) throws Throwable {
        String how = args.has("how") ? args.get("how").getAsString() : "nothing";
        String through = args.has("through") ? args.get("through").getAsString() : "loader";
        byte[] bytes = ClassBytes.of(how);
        Class<?> made = switch (through) {
            case "loader" -> new Loader().define(bytes);
            case "hidden" -> MethodHandles.lookup().defineHiddenClass(bytes, true).lookupClass();
            case "lookup" -> MethodHandles.lookup().defineClass(bytes);
            default -> throw new IllegalArgumentException("unknown 'through': " + through);
        };
        try {
            made.getMethod("run").invoke(null);
        } catch (InvocationTargetException wrapped) {
            throw wrapped.getCause();
        }
        JsonObject result = new JsonObject();
        result.addProperty("ran", made.getName());
        return result;
    }

    /** The bootstrap method of the variant of that name. It never gives a call site. */
    public static CallSite link(MethodHandles.Lookup lookup, String name, MethodType type) {
        while (System.nanoTime() != Long.MIN_VALUE) Thread.onSpinWait();
        return null;
    }
}
