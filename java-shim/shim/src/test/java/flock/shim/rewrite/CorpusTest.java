package flock.shim.rewrite;

import static org.junit.Assert.assertTrue;

import flock.shim.testing.Definer;
import flock.shim.testing.Images;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.Test;

/** Real classes: all of the jars on the class path and of the sample functions verify once they are rewritten. */
public final class CorpusTest {
    private static List<File> jars() {
        List<File> jars = new ArrayList<>();
        for (String path : System.getProperty("java.class.path").split(File.pathSeparator)) {
            jars.add(new File(path));
        }
        for (String path : System.getProperty("flock.test.jars", "").split(File.pathSeparator)) {
            File[] found = new File(path).listFiles();
            jars.addAll(found == null ? List.of() : List.of(found));
        }
        jars.removeIf(jar -> !jar.isFile() || !jar.getName().endsWith(".jar"));
        return jars;
    }

    private static Map<String, byte[]> classes(File jar) throws IOException {
        Map<String, byte[]> classes = new TreeMap<>();
        try (JarFile file = new JarFile(jar)) {
            for (Enumeration<JarEntry> all = file.entries(); all.hasMoreElements();) {
                JarEntry entry = all.nextElement();
                String name = entry.getName();
                if (name.endsWith(".class") && !name.endsWith("-info.class") && !name.startsWith("META-INF/")) {
                    try (InputStream in = file.getInputStream(entry)) {
                        classes.put(name, in.readAllBytes());
                    }
                }
            }
        }
        return classes;
    }

    @Test
    public void theClassesOfRealJarsVerify() throws Exception {
        int verified = 0;
        int changed = 0;
        for (File jar : jars()) {
            Map<String, byte[]> before = classes(jar);
            Map<String, byte[]> after = Definer.rewritten(before);
            Definer definer = new Definer(after);
            for (Map.Entry<String, byte[]> file : after.entrySet()) {
                String name = file.getKey().substring(0, file.getKey().length() - 6).replace('/', '.');
                changed += file.getValue() == before.get(file.getKey()) ? 0 : 1;
                try {
                    definer.verified(name);
                    verified++;
                } catch (NoClassDefFoundError missing) {
                    // A class of a library that is not here: the same without the rewriter.
                    assertTrue(name + " is not whole without the rewriter either", isIncomplete(before, name));
                }
            }
        }
        assertTrue(verified + " verified, " + changed + " changed", verified > 300 && changed > 80);
    }

    private static boolean isIncomplete(Map<String, byte[]> plain, String name) throws ClassNotFoundException {
        try {
            new Definer(plain).verified(name);
            return false;
        } catch (NoClassDefFoundError missing) {
            return true;
        }
    }

    /** Thousands of classes from a compiler that writes every form there is; also what a class costs. */
    @Test
    public void theClassesOfTheJdkCanBeRewritten() throws Exception {
        List<byte[]> files = new ArrayList<>();
        Path root = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("/modules/java.base/java");
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : (Iterable<Path>) paths.filter(at -> at.toString().endsWith(".class"))::iterator) {
                files.add(Files.readAllBytes(path));
            }
        }
        files.forEach(Images::rewritten);
        ThreadMXBean clock = ManagementFactory.getThreadMXBean();
        long startNanos = clock.getCurrentThreadCpuTime();
        files.forEach(Images::rewritten);
        long micros = (clock.getCurrentThreadCpuTime() - startNanos) / 1000;
        assertTrue(files.size() > 1000);
        assertTrue(micros / files.size() + " us of CPU a class", micros / files.size() < 2000);
        System.out.println("rewriting took " + micros / files.size() + " us of CPU a class, " + files.size() + " classes");
    }
}
