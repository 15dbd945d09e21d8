package hostile.dimensions;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Array;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Has the JVM make classes of arrays of up to 255 dimensions: of the JDK's classes, or of many of its own. */
public final class Dimensions {
    private static final int MOST = 255;
    private static final String BASE = "/modules/java.base/java/";
    private static final List<Class<?>> KEPT = new ArrayList<>();

    /** One that is defined again and again. */
    public static final class Own {}

    /** Defines it. */
    private static final class Loader extends ClassLoader {
        Loader() {
            super(Dimensions.class.getClassLoader());
        }

        Class<?> define(byte[] classFile) {
            return defineClass(null, classFile, 0, classFile.length);
        }
    }

    /** What makes an array class. */
    private interface Way {
        Class<?> of(Class<?> element, int dimensions) throws Exception;
    }

    private Dimensions() {}

    public static JsonObject main(JsonObject args) throws Exception {
        String how = args.get("how").getAsString();
        int count = args.get("count").getAsInt();
        return how.equals("own") ? ofOwn(count) : ofJdk(way(how), args.get("from").getAsInt(), count);
    }

    private static Way way(String how) {
        switch (how) {
            case "name":
                return (element, dimensions) -> Class.forName(name(element, dimensions));
            case "name-and-loader":
                return (element, dimensions) -> Class.forName(name(element, dimensions), false, null);
            case "lookup":
                return (element, dimensions) -> MethodHandles.lookup().findClass(name(element, dimensions));
            case "array-type":
                return (element, dimensions) -> {
                    Class<?> type = element;
                    for (int i = 0; i < dimensions; i++) {
                        type = type.arrayType();
                    }
                    return type;
                };
            case "instance":
                return (element, dimensions) -> {
                    Class<?> type = element;
                    for (int i = 0; i < dimensions; i++) {
                        type = Array.newInstance(type, 0).getClass();
                    }
                    return type;
                };
            case "instances":
                return (element, dimensions) -> Array.newInstance(element, new int[dimensions]).getClass();
            case "descriptor":
                return (element, dimensions) -> MethodType
                        .fromMethodDescriptorString("()" + name(element, dimensions).replace('.', '/'), null).returnType();
            default:
                throw new IllegalArgumentException("how: " + how);
        }
    }

    private static String name(Class<?> element, int dimensions) {
        return "[".repeat(dimensions) + "L" + element.getName() + ";";
    }

    private static JsonObject ofJdk(Way way, int from, int count) throws IOException, ClassNotFoundException {
        JsonObject result = new JsonObject();
        int made = 0;
        for (String name : names().subList(from, from + count)) {
            Class<?> element = Class.forName(name, false, null);
            try {
                way.of(element, MOST);
                made += MOST;
            } catch (LinkageError | Exception refused) {
                result.addProperty("refused", refused.toString());
            }
        }
        result.addProperty("made", made);
        return result;
    }

    private static List<String> names() throws IOException {
        Path base = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("/modules/java.base/java");
        try (Stream<Path> files = Files.walk(base)) {
            return files.map(Path::toString).filter(file -> file.endsWith(".class"))
                    .map(file -> "java." + file.substring(BASE.length(), file.length() - ".class".length()).replace('/', '.'))
                    .sorted().collect(Collectors.toList());
        }
    }

    private static JsonObject ofOwn(int count) throws Exception {
        byte[] classFile;
        try (InputStream in = Dimensions.class.getResourceAsStream("Dimensions$Own.class")) {
            classFile = in.readAllBytes();
        }
        for (int i = 0; i < count; i++) {
            Class<?> own = new Loader().define(classFile);
            KEPT.add(Class.forName(name(own, MOST), false, own.getClassLoader()));
        }
        JsonObject result = new JsonObject();
        result.addProperty("made", KEPT.size() * MOST);
        return result;
    }
}
