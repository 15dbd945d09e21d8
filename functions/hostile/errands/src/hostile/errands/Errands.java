// Has the JDK and the host do what must not be stopped half way, over and over, for `millis` milliseconds (1000 if not given; 0: for ever). `how`: print, print-char, write, trace (printStackTrace), for-name, load-class,
// missing (a class that is not there), resource, proxy, handle (findVirtual), property, environment, thread (start and join), file, locale, bundle, zone, secure-random, provider, field (reflection), invoke (findStatic, and the call).
package hostile.errands;

import com.google.gson.JsonObject;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Locale;
import java.util.MissingResourceException;
import java.util.ResourceBundle;
import java.util.TimeZone;

public final class Errands {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Exception TRACE = new Exception("a trace");
    private static volatile Object sink;

    private Errands() {}

    public static JsonObject main(JsonObject args) throws Throwable {
        String how = args.has("how") ? args.get("how").getAsString() : "print";
        long millis = args.has("millis") ? args.get("millis").getAsLong() : 1_000;
        long endNanos = millis == 0 ? Long.MAX_VALUE : System.nanoTime() + millis * 1_000_000;
        long rounds = 0;
        while (System.nanoTime() < endNanos) {
            round(how, rounds++);
        }
        JsonObject result = new JsonObject();
        result.addProperty("rounds", rounds);
        return result;
    }

    private static void round(String how, long round) throws Throwable {
        switch (how) {
            case "print" -> System.out.println("a line");
            case "print-char" -> System.out.print('c');
            case "write" -> System.err.write(new byte[] {'w', '\n'});
            case "trace" -> TRACE.printStackTrace();
            case "for-name" -> sink = Class.forName("java.util.ArrayList");
            case "load-class" -> sink = Errands.class.getClassLoader().loadClass("java.util.ArrayList");
            case "missing" -> missing(round);
            case "resource" -> sink = Errands.class.getResource("Errands.class");
            case "proxy" -> sink = Proxy.newProxyInstance(Errands.class.getClassLoader(), new Class<?>[] {Runnable.class},
                    (proxy, method, arguments) -> null);
            case "handle" -> sink = MethodHandles.lookup().findVirtual(String.class, "length", MethodType.methodType(int.class));
            case "property" -> sink = System.getProperty("java.version");
            case "environment" -> sink = System.getenv("PATH");
            case "thread" -> {
                Thread thread = new Thread(() -> sink = "ran");
                thread.start();
                thread.join();
            }
            case "file" -> {
                Path file = Files.createTempFile("errand", ".txt");
                Files.writeString(file, "x");
                Files.delete(file);
            }
            case "locale" -> sink = new Locale.Builder().setLanguage("de").setRegion("AT").build().getDisplayName();
            case "bundle" -> bundle();
            case "zone" -> sink = TimeZone.getTimeZone("GMT+" + round % 12);
            case "secure-random" -> RANDOM.nextBytes(new byte[1024]);
            case "provider" -> sink = MessageDigest.getInstance("SHA-256");
            case "field" -> sink = Errands.class.getDeclaredMethod("main", JsonObject.class).getParameterTypes();
            case "invoke" -> sink = MethodHandles.lookup().findStatic(Math.class, "abs",
                    MethodType.methodType(int.class, int.class)).invoke((int) round);
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
    }

    private static void missing(long round) {
        try {
            Class.forName("hostile.errands.Missing" + round % 7);
        } catch (ClassNotFoundException expected) {
            sink = expected;
        }
    }

    private static void bundle() {
        try {
            sink = ResourceBundle.getBundle("hostile.errands.none");
        } catch (MissingResourceException expected) {
            sink = expected;
        }
    }
}
