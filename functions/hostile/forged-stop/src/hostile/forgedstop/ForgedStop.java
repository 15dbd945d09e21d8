// Throws what looks like a stop of the host. `how`: stop (flock.boot.Stop, found by reflection through any loader), serialised (the same by an ObjectInputStream, which needs no constructor),
// thread-death, thread-stop (Thread.stop on itself), stop-lane (Thread.stop on every thread that can be seen), interrupt (goes on with its interrupt flag set), wrapped (the forgery as the cause of an
// exception), suppressed. Answers `hidden` when the class cannot be had.
package hostile.forgedstop;

import com.google.gson.JsonObject;
import java.lang.reflect.Constructor;

public final class ForgedStop {
    private ForgedStop() {}

    @SuppressWarnings({"removal", "deprecation"})
    public static JsonObject main(JsonObject args) throws Throwable {
        String how = args.has("how") ? args.get("how").getAsString() : "stop";
        switch (how) {
            case "thread-death" -> throw new ThreadDeath();
            case "thread-stop" -> Thread.currentThread().stop();
            case "stop-lane" -> stopAll();
            case "interrupt" -> Thread.currentThread().interrupt();
            case "stop", "wrapped", "suppressed", "serialised" -> {
                Throwable forged = forge(how.equals("serialised"));
                if (forged == null) {
                    args.addProperty("hidden", true);
                } else if (how.equals("wrapped")) {
                    throw new IllegalStateException("forged", forged);
                } else if (how.equals("suppressed")) {
                    IllegalStateException outer = new IllegalStateException("forged");
                    outer.addSuppressed(forged);
                    throw outer;
                } else {
                    throw forged;
                }
            }
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        args.addProperty("survived", how);
        return args;
    }

    private static Throwable forge(boolean isSerialised) {
        for (ClassLoader loader : new ClassLoader[] {null, ClassLoader.getSystemClassLoader(), ForgedStop.class.getClassLoader()}) {
            try {
                Class<?> type = Class.forName("flock.boot.Stop", true, loader);
                if (isSerialised) return serialised(type);
                for (Constructor<?> constructor : type.getDeclaredConstructors()) {
                    constructor.setAccessible(true);
                    return (Throwable) constructor.newInstance(new Object[constructor.getParameterCount()]);
                }
            } catch (ReflectiveOperationException | RuntimeException hidden) {
                // The next loader.
            }
        }
        return null;
    }

    /** A Throwable is Serializable, so its stream form names the class and nothing else of it need be known. */
    private static Throwable serialised(Class<?> type) throws ReflectiveOperationException {
        try {
            java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
            java.io.DataOutputStream out = new java.io.DataOutputStream(bytes);
            out.writeInt(0xACED0005);
            out.writeByte(0x73);
            out.writeByte(0x72);
            out.writeUTF(type.getName());
            out.writeLong(java.io.ObjectStreamClass.lookupAny(type).getSerialVersionUID());
            out.writeByte(2);
            out.writeShort(0);
            out.writeByte(0x78);
            out.writeByte(0x70);
            return (Throwable) new java.io.ObjectInputStream(new java.io.ByteArrayInputStream(bytes.toByteArray())).readObject();
        } catch (java.io.IOException refused) {
            throw new ReflectiveOperationException(refused);
        }
    }

    @SuppressWarnings({"removal", "deprecation"})
    private static void stopAll() {
        Thread[] found = new Thread[1_000];
        ThreadGroup group = Thread.currentThread().getThreadGroup();
        while (group.getParent() != null) group = group.getParent();
        int count = group.enumerate(found, true);
        for (int i = 0; i < count; i++) {
            try {
                if (found[i] != Thread.currentThread()) found[i].stop();
            } catch (RuntimeException refused) {
                // The next one.
            }
        }
    }
}
