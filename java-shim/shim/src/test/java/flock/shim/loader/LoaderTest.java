package flock.shim.loader;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNotSame;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import com.google.gson.JsonObject;
import flock.shim.testing.Images;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.Test;

/** What a function sees through its loader, and what it does not see. */
public final class LoaderTest {
    private static final String HELLO = "package a.b; public class Hello { static class Inner {} }";

    private static FuncletLoader loader(Images images) {
        return new FuncletLoader(images.image(), 7, null);
    }

    private static String text(InputStream in) throws Exception {
        try (in) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    public void definesClassesOfTheImage() throws Exception {
        FuncletLoader loader = loader(Images.compiled(HELLO));
        Class<?> type = Class.forName("a.b.Hello", true, loader);
        assertSame(loader, type.getClassLoader());
        assertSame(type, loader.loadClass("a.b.Hello"));
        assertSame(loader, Class.forName("a.b.Hello$Inner", false, loader).getClassLoader());
        assertEquals("a.b", type.getPackageName());
        URL location = type.getProtectionDomain().getCodeSource().getLocation();
        assertEquals("flock://7/", location.toString());
        assertThrows(ClassNotFoundException.class, () -> loader.loadClass("a/b/Hello"));
        assertThrows(ClassNotFoundException.class, () -> loader.loadClass("a.b.None"));
    }

    @Test
    public void twoFuncletsOfAnImageShareNoClass() throws Exception {
        Images images = Images.compiled(HELLO);
        assertNotSame(loader(images).loadClass("a.b.Hello"), loader(images).loadClass("a.b.Hello"));
    }

    @Test
    public void seesTheJdk() throws Exception {
        FuncletLoader loader = loader(Images.of(Map.of()));
        assertSame(String.class, loader.loadClass("java.lang.String"));
        for (String name : new String[] {"java.sql.Driver", "javax.imageio.ImageIO", "java.net.http.HttpClient",
            "org.w3c.dom.Document", "javax.xml.parsers.DocumentBuilderFactory", "com.sun.net.httpserver.HttpServer",
            "java.util.logging.Logger", "sun.misc.Unsafe"}) {
            assertNotNull(loader.loadClass(name));
        }
    }

    @Test
    public void doesNotSeeTheHost() throws Exception {
        FuncletLoader loader = loader(Images.of(Map.of()));
        for (String name : new String[] {"flock.boot.Gate", "flock.boot.Host", "flock.shim.Shim",
            "flock.shim.json.Reader", "org.objectweb.asm.ClassReader", "org.junit.Test", "com.sun.tools.javac.Main"}) {
            assertThrows(name, ClassNotFoundException.class, () -> Class.forName(name, false, loader));
        }
        for (String name : new String[] {"flock/boot/Gate.class", "flock/shim/Shim.class", "META-INF/MANIFEST.MF",
            "org/objectweb/asm/ClassReader.class", "org/junit/Test.class"}) {
            assertNull(name, loader.getResource(name));
            assertNull(name, loader.getResourceAsStream(name));
            assertFalse(name, loader.getResources(name).hasMoreElements());
        }
    }

    @Test
    public void gsonIsTheHostsEvenWhenTheJarBringsOne() throws Exception {
        Images images = Images.compiled("package com.google.gson; public class JsonObject { public int mine; }",
                "package com.google.gson; public class OnlyMine {}");
        FuncletLoader loader = loader(images);
        assertSame(JsonObject.class, loader.loadClass("com.google.gson.JsonObject"));
        assertThrows(ClassNotFoundException.class, () -> loader.loadClass("com.google.gson.OnlyMine"));
    }

    @Test
    public void jdkPackagesInTheJarDoNotCount() throws Exception {
        Images images = Images.compiled(HELLO);
        images.with("org/w3c/dom/Document.class", images.file("a/b/Hello.class"));
        assertSame(org.w3c.dom.Document.class, loader(images).loadClass("org.w3c.dom.Document"));
    }

    @Test
    public void packagesOfTheHostsNameAreTheFunctions() throws Exception {
        FuncletLoader loader = loader(Images.compiled("package flock.boot; public class Gate { }"));
        Class<?> type = loader.loadClass("flock.boot.Gate");
        assertSame(loader, type.getClassLoader());
    }

    @Test
    public void resourcesOpenByUrlAndByStream() throws Exception {
        FuncletLoader loader = loader(Images.compiled(HELLO).with("a/b/some text #1?%.txt", "in\u00fc")
                .with("top.txt", "top"));
        assertEquals("in\u00fc", text(loader.getResourceAsStream("a/b/some text #1?%.txt")));
        URL url = loader.getResource("a/b/some text #1?%.txt");
        assertEquals("flock://7/a/b/some%20text%20%231%3F%25.txt", url.toString());
        assertEquals("in\u00fc", text(url.openStream()));
        assertEquals("/a/b/some text #1?%.txt", url.toURI().getPath());
        URLConnection connection = url.openConnection();
        assertEquals(4, connection.getContentLength());
        assertEquals("text/plain", connection.getContentType());
        assertEquals("top", text(new URL(url, "../../top.txt").openStream()));
        assertThrows(java.io.FileNotFoundException.class, () -> new URL(url, "none").openStream());
        assertEquals(1, Collections.list(loader.getResources("top.txt")).size());
        assertEquals("top", text(loader.loadClass("a.b.Hello").getResourceAsStream("/top.txt")));
        assertNull(loader.loadClass("a.b.Hello").getResource("none"));
        assertNotNull(loader.getResource("a/b/Hello.class"));
        assertNotNull(loader.getResource("java/lang/String.class"));
    }

    @Test
    public void urlsOfTwoFuncletsDiffer() {
        Images images = Images.of(Map.of()).with("x", "x");
        URL one = new FuncletLoader(images.image(), 1, null).getResource("x");
        URL two = new FuncletLoader(images.image(), 2, null).getResource("x");
        assertNotEquals(one, two);
        assertEquals(one, new FuncletLoader(images.image(), 1, null).getResource("x"));
    }

    @Test
    public void servicesOfTheJarAreFound() throws Exception {
        Images images = Images.compiled("package s; public class Job implements Runnable { public void run() {} }")
                .with("META-INF/services/java.lang.Runnable", "s.Job\n");
        FuncletLoader loader = loader(images);
        List<String> found = new ArrayList<>();
        for (Runnable job : ServiceLoader.load(Runnable.class, loader)) {
            found.add(job.getClass().getName());
            assertSame(loader, job.getClass().getClassLoader());
        }
        assertEquals(List.of("s.Job"), found);
    }

    @Test
    public void servicesOfTheJdkAreFound() {
        FuncletLoader loader = loader(Images.of(Map.of()));
        boolean zip = false;
        for (java.nio.file.spi.FileSystemProvider one
                : ServiceLoader.load(java.nio.file.spi.FileSystemProvider.class, loader)) {
            zip |= one.getScheme().equals("jar");
        }
        assertTrue(zip);
    }

    @Test
    public void packageSaysWhatTheManifestSays() throws Exception {
        Images images = Images.compiled(HELLO).with("META-INF/MANIFEST.MF",
                "Manifest-Version: 1.0\nImplementation-Version: 3.4\nImplementation-Title: t\n");
        Package described = loader(images).loadClass("a.b.Hello").getPackage();
        assertEquals("3.4", described.getImplementationVersion());
        assertEquals("t", described.getImplementationTitle());
    }

    @Test
    public void afterCloseNothingIsFound() throws Exception {
        FuncletLoader loader = loader(Images.compiled(HELLO).with("r", "r"));
        Class<?> type = loader.loadClass("a.b.Hello");
        InputStream open = loader.getResourceAsStream("r");
        loader.close(null, null);
        assertSame(type, loader.loadClass("a.b.Hello"));
        assertThrows(ClassNotFoundException.class, () -> loader.loadClass("a.b.Hello$Inner"));
        assertNull(loader.getResource("r"));
        assertEquals("r", text(open));
    }

    @Test
    public void manyThreadsLoadAtOnce() throws Exception {
        for (int round = 0; round < 20; round++) {
            FuncletLoader loader = loader(Images.compiled(HELLO).with("META-INF/MANIFEST.MF",
                    "Manifest-Version: 1.0\nImplementation-Version: 3.4\n"));
            List<Class<?>> seen = Collections.synchronizedList(new ArrayList<>());
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                String name = i % 2 == 0 ? "a.b.Hello" : "a.b.Hello$Inner";
                Thread thread = new Thread(() -> {
                    try {
                        seen.add(loader.loadClass(name));
                    } catch (ClassNotFoundException missing) {
                        throw new AssertionError(missing);
                    }
                });
                threads.add(thread);
                thread.start();
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertEquals(8, seen.size());
            assertEquals(2, seen.stream().distinct().count());
        }
    }
}
