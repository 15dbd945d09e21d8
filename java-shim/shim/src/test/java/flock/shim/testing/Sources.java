package flock.shim.testing;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Compiles the functions of a test from their text, against what functions see of the host: gson and the types of conventions. */
final class Sources {
    private static final Pattern TYPE = Pattern.compile("(?:class|interface|enum|record)\\s+(\\w+)");

    private Sources() {}

    static Map<String, byte[]> compile(String... sources) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<JavaFileObject> units = new ArrayList<>();
        for (String source : sources) {
            units.add(new Source(source));
        }
        StringWriter messages = new StringWriter();
        StandardJavaFileManager plain = compiler.getStandardFileManager(null, null, null);
        try (Memory memory = new Memory(plain)) {
            List<String> options = List.of("-classpath", gson() + File.pathSeparator + System.getProperty("flock.test.types"), "-proc:none", "--release", "17");
            if (!compiler.getTask(messages, memory, null, options, null, units).call()) {
                throw new IllegalArgumentException(messages.toString());
            }
            return memory.files();
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static String gson() {
        for (String path : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (path.contains("gson")) {
                return path;
            }
        }
        throw new IllegalStateException("no gson on the class path");
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String text) {
            super(URI.create("string:///" + name(text) + ".java"), Kind.SOURCE);
            this.text = text;
        }

        private static String name(String text) {
            Matcher type = TYPE.matcher(text);
            if (!type.find()) {
                throw new IllegalArgumentException(text);
            }
            return type.group(1);
        }

        @Override
        public CharSequence getCharContent(boolean ignoreErrors) {
            return text;
        }
    }

    private static final class Memory extends ForwardingJavaFileManager<JavaFileManager> {
        private final Map<String, ByteArrayOutputStream> made = new LinkedHashMap<>();

        Memory(JavaFileManager plain) {
            super(plain);
        }

        @Override
        public JavaFileObject getJavaFileForOutput(Location location, String type, JavaFileObject.Kind kind,
                FileObject sibling) {
            String name = type.replace('.', '/') + ".class";
            return new SimpleJavaFileObject(URI.create("mem:///" + name), kind) {
                @Override
                public OutputStream openOutputStream() {
                    ByteArrayOutputStream out = new ByteArrayOutputStream();
                    made.put(name, out);
                    return out;
                }
            };
        }

        Map<String, byte[]> files() {
            Map<String, byte[]> files = new LinkedHashMap<>();
            made.forEach((name, bytes) -> files.put(name, bytes.toByteArray()));
            return files;
        }
    }
}
