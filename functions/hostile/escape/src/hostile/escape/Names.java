// Ways to have JDK code look for a class by its name: the JDK asks, but for the function.
package hostile.escape;

import static hostile.escape.Escape.attempt;

import com.google.gson.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.lang.constant.ClassDesc;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.management.ManagementFactory;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.security.Provider;
import java.util.Hashtable;
import java.util.Locale;
import java.util.ResourceBundle;
import javax.management.MBeanServer;
import javax.management.ObjectName;

final class Names {
    private static final String GATE = "flock.boot.Gate";
    private static final String SHIM = "flock.shim.Shim";
    private static final String RECORDING = "jdk.jfr.Recording";

    private Names() {}

    private static ClassLoader hostLoader() {
        return Names.class.getClassLoader().getClass().getClassLoader();
    }

    static void all(JsonObject result) {
        for (String name : new String[] {GATE, SHIM, RECORDING}) {
            String end = "-" + name.substring(name.lastIndexOf('.') + 1);
            String descriptor = "(L" + name.replace('.', '/') + ";)V";
            attempt(result, "methodTypeOfNobody" + end, () -> MethodType.fromMethodDescriptorString(descriptor, null).parameterType(0));
            attempt(result, "methodTypeOfHost" + end, () -> MethodType.fromMethodDescriptorString(descriptor, hostLoader()).parameterType(0));
            attempt(result, "methodTypeOfPlatform" + end,
                    () -> MethodType.fromMethodDescriptorString(descriptor, ClassLoader.getPlatformClassLoader()).parameterType(0));
            attempt(result, "classDescription" + end, () -> ClassDesc.of(name).resolveConstantDesc(MethodHandles.publicLookup()));
            attempt(result, "bean" + end, () -> java.beans.Beans.instantiate(hostLoader(), name));
            attempt(result, "decoder" + end, () -> decoded("<java><class>" + name + "</class></java>"));
            attempt(result, "bundle" + end, () -> ResourceBundle.getBundle(name, Locale.ROOT, hostLoader()));
            attempt(result, "document" + end, () -> javax.xml.parsers.DocumentBuilderFactory.newInstance(name, hostLoader()));
            attempt(result, "managed" + end, () -> server().createMBean(name, new ObjectName("hostile:type=A" + end)));
            attempt(result, "managedOfLoader" + end, () -> {
                MBeanServer server = server();
                ObjectName loader = new ObjectName("hostile:type=Loader" + end);
                server.registerMBean(new javax.management.loading.PrivateMLet(new URL[0], hostLoader(), false), loader);
                return server.createMBean(name, new ObjectName("hostile:type=B" + end), loader);
            });
            attempt(result, "managedLoaders" + end, () -> server().getClassLoaderRepository().loadClass(name));
            attempt(result, "loaderOfLoader" + end, () -> new javax.management.loading.MLet(new URL[0], hostLoader()).loadClass(name));
            attempt(result, "remote" + end, () -> java.rmi.server.RMIClassLoader.loadClass((String) null, name, hostLoader()));
            attempt(result, "stream" + end, () -> new ObjectInputStream(new ByteArrayInputStream(classStream(name))).readObject());
            attempt(result, "naming" + end, () -> {
                Hashtable<String, Object> where = new Hashtable<>();
                where.put("java.naming.factory.initial", name);
                return new javax.naming.InitialContext(where).lookup("x");
            });
            attempt(result, "provider" + end, () -> {
                Provider own = new Own();
                return new Provider.Service(own, "MessageDigest", "X", name, null, null).newInstance(null);
            });
            attempt(result, "context" + end, () -> {
                ClassLoader before = Thread.currentThread().getContextClassLoader();
                Thread.currentThread().setContextClassLoader(hostLoader());
                try {
                    return javax.xml.transform.TransformerFactory.newInstance(name, null);
                } finally {
                    Thread.currentThread().setContextClassLoader(before);
                }
            });
            attempt(result, "arrayOf" + end, () -> MethodType.fromMethodDescriptorString("([L" + name.replace('.', '/') + ";)V", hostLoader()).parameterType(0));
            attempt(result, "handler" + end, () -> {
                System.setProperty("java.protocol.handler.pkgs", "flock");
                return new URL("shim://x").openConnection();
            });
        }
        attempt(result, "managementInterfaces", () -> {
            for (Class<?> type : ManagementFactory.getPlatformManagementInterfaces()) {
                if (type.getName().contains("FlightRecorder")) {
                    Object bean = ManagementFactory.class.getMethod("getPlatformMXBean", Class.class).invoke(null, type);
                    return type.getMethod("newRecording").invoke(bean);
                }
            }
            return null;
        });
    }

    private static MBeanServer server() {
        return ManagementFactory.getPlatformMBeanServer();
    }

    private static Object decoded(String text) {
        Exception[] failure = new Exception[1];
        try (java.beans.XMLDecoder decoder = new java.beans.XMLDecoder(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), null,
                error -> failure[0] = error, hostLoader())) {
            return decoder.readObject();
        } catch (ArrayIndexOutOfBoundsException none) {
            if (failure[0] != null) throw new IllegalStateException(failure[0]);
            throw none;
        }
    }

    /** A stream that holds a class object. */
    private static byte[] classStream(String name) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeShort(0xaced);
        out.writeShort(5);
        out.writeByte(0x76);
        out.writeByte(0x72);
        out.writeUTF(name);
        out.writeLong(0);
        out.writeByte(0);
        out.writeShort(0);
        out.writeByte(0x78);
        out.writeByte(0x70);
        return bytes.toByteArray();
    }

    private static final class Own extends Provider {
        private static final long serialVersionUID = 1;

        Own() {
            super("Names", "1", "hostile");
        }
    }
}
