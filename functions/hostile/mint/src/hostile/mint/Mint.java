// Has the JDK make what it keeps. `how`: hints (keys of rendering hints), loggers (System.getLogger), roles (names of roles by locale), bundles (bundles by name),
// each of about 100 MiB in all; kinds (binds arguments of ever new kinds to method handles, `rounds` times twelve; `seed` says which); switches (of handles, with `first` cases, and one more each of `rounds` times); methods (defines `rounds` classes of a thousand such methods); known (the first of the kinds, and ordinary uses of handles);
// proxies (in the JDK's class loaders); arrays (shapes that may be made, and that may not); many (an array of 100 million arrays).
package hostile.mint;

import com.google.gson.JsonObject;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Array;
import java.util.Arrays;
import java.util.Random;

public final class Mint {
    private static final int BOUND = 12;
    private static final Class<?>[] KINDS = {int.class, long.class, float.class, double.class, Object.class};
    private static final Object[] VALUES = {1, 2L, 3f, 4d, "x"};

    private Mint() {}

    public static JsonObject main(JsonObject args) throws Exception {
        JsonObject result = new JsonObject();
        switch (args.get("how").getAsString()) {
            case "hints" -> Keeps.hints();
            case "loggers" -> Keeps.loggers();
            case "roles" -> Keeps.roles();
            case "bundles" -> Keeps.bundles();
            case "kinds" -> kinds(result, args.get("seed").getAsLong(), args.get("rounds").getAsInt());
            case "switches" -> switches(result, args.get("first").getAsInt(), args.get("rounds").getAsInt());
            case "methods" -> Methods.all(result, args.get("seed").getAsLong(), args.get("rounds").getAsInt());
            case "known" -> known(result, args.get("seed").getAsLong());
            case "proxies" -> Proxies.all(result);
            case "arrays" -> Shapes.all(result);
            case "many" -> result.addProperty("length", Array.getLength(Array.newInstance(int.class, 100, 100, 100, 100, 10)));
            default -> throw new IllegalArgumentException("unknown 'how'");
        }
        return result;
    }

    private static int sum(Object... all) {
        return all.length;
    }

    private static int bound(Random random) throws Throwable {
        MethodHandle sum = MethodHandles.lookup().findStatic(Mint.class, "sum", MethodType.methodType(int.class, Object[].class));
        Class<?>[] kinds = new Class<?>[BOUND];
        Object[] values = new Object[BOUND];
        for (int i = 0; i < BOUND; i++) {
            int kind = random.nextInt(KINDS.length);
            kinds[i] = KINDS[kind];
            values[i] = VALUES[kind];
        }
        MethodHandle typed = sum.asCollector(Object[].class, BOUND).asType(MethodType.methodType(int.class, kinds));
        return (int) MethodHandles.insertArguments(typed, 0, values).invoke();
    }

    private static void kinds(JsonObject result, long seed, int rounds) {
        Random random = new Random(seed);
        int made = 0;
        try {
            for (; made < rounds; made++) bound(random);
        } catch (Throwable refused) {
            result.addProperty("refused", refused.toString());
        }
        result.addProperty("made", made);
    }

    private static int name(int number) {
        return number;
    }

    /** Switches of so many cases, and one more each time. */
    private static void switches(JsonObject result, int first, int rounds) {
        int made = 0;
        try {
            MethodHandle each = MethodHandles.lookup().findStatic(Mint.class, "name", MethodType.methodType(int.class, int.class));
            for (; made < rounds; made++) {
                MethodHandle[] cases = new MethodHandle[first + made];
                Arrays.fill(cases, each);
                result.addProperty("answer", (int) MethodHandles.tableSwitch(each, cases).invoke(made));
            }
        } catch (Throwable refused) {
            result.addProperty("refused", refused.toString());
        }
        result.addProperty("made", made);
    }

    /** What somebody has made is there for all, and what programs do needs nothing that is refused. */
    private static void known(JsonObject result, long seed) {
        try {
            result.addProperty("bound", bound(new Random(seed)));
            int number = result.size();
            long large = System.nanoTime();
            double part = Math.random();
            java.util.function.Supplier<String> text = () -> "a" + number + "b" + large + "c" + part + result;
            result.addProperty("text", text.get().isEmpty());
            record Row(int a, long b, double c, String d, float e, Object f) {}
            result.addProperty("row", new Row(1, 2, 3, "4", 5, 6).equals(new Row(1, 2, 3, "4", 5, 6)));
            MethodHandle format = MethodHandles.lookup().findStatic(String.class, "format",
                    MethodType.methodType(String.class, String.class, Object[].class));
            result.addProperty("few", (String) MethodHandles.insertArguments(format.asCollector(Object[].class, 3), 0, "%s%s%s", 1, 2L).invoke(3d));
            result.addProperty("called", String.valueOf(Mint.class.getDeclaredMethod("long_", int.class, long.class, double.class, String.class, float.class)
                    .invoke(null, 1, 2L, 3d, "4", 5f)));
            result.addProperty("sorted", Arrays.asList(3, 1, 2).stream().sorted().map(each -> "" + each).reduce("", String::concat));
        } catch (Throwable refused) {
            result.addProperty("refused", refused.toString());
        }
    }

    private static double long_(int a, long b, double c, String d, float e) {
        return a + b + c + e + d.length();
    }
}
