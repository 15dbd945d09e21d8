// The tools of the JDK in the process: they work on the function's own files, and read and write no other.
package hostile.commons;

import static hostile.commons.Commons.attempt;

import com.google.gson.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntSupplier;
import java.util.spi.ToolProvider;

final class Compiling {
    private Compiling() {}

    /** In the folder there are Other.java, arguments.txt and other.jar with the class hostile.exit.Exit. */
    static void all(JsonObject result, String folder) throws IOException {
        Path own = Path.of("").toAbsolutePath();
        String out = Files.createDirectories(own.resolve("out")).toString();
        String source = written(own.resolve("Own.java"), "public class Own implements java.util.function.IntSupplier { public int getAsInt() { return 42; } }");
        String user = written(own.resolve("User.java"), "class User { Own own; }");
        String stranger = written(own.resolve("Stranger.java"), "class Stranger { hostile.exit.Exit other; }");
        String jar = own.resolve("own.jar").toString();
        attempt(result, "own", () -> {
            compile("-d", out, source);
            try (URLClassLoader loader = new URLClassLoader(new URL[] {Path.of(out).toUri().toURL()}, Compiling.class.getClassLoader())) {
                return ((IntSupplier) loader.loadClass("Own").getConstructor().newInstance()).getAsInt();
            }
        });
        attempt(result, "ownJar", () -> jar("--create", "--file", jar, "-C", out, "."));
        attempt(result, "ownClassPath", () -> compile("-d", out, "-cp", jar, user));
        attempt(result, "source", () -> compile("-d", out, folder + "/Other.java"));
        attempt(result, "sourcePath", () -> compile("-d", out, "-sourcepath", folder, written(own.resolve("With.java"), "class With extends Other {}")));
        attempt(result, "arguments", () -> compile("@" + folder + "/arguments.txt"));
        attempt(result, "classPath", () -> compile("-d", out, "-cp", folder + "/other.jar", stranger));
        attempt(result, "output", () -> compile("-d", folder, source));
        attempt(result, "list", () -> jar("--list", "--file", folder + "/other.jar"));
        attempt(result, "add", () -> jar("--create", "--file", own.resolve("with.jar").toString(), folder + "/Other.java"));
        attempt(result, "elsewhere", () -> jar("--create", "--file", folder + "/made.jar", "-C", out, "."));
    }

    private static String written(Path file, String text) throws IOException {
        return Files.writeString(file, text).toString();
    }

    private static String compile(String... arguments) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        int status = javax.tools.ToolProvider.getSystemJavaCompiler().run(null, said, said, arguments);
        if (status != 0) throw new IllegalStateException(status + " " + said);
        return "done";
    }

    private static String jar(String... arguments) {
        StringWriter said = new StringWriter();
        PrintWriter to = new PrintWriter(said, true);
        int status = ToolProvider.findFirst("jar").orElseThrow().run(to, to, arguments);
        if (status != 0) throw new IllegalStateException(status + " " + said);
        return "done";
    }
}
