package flock.shim.gate;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.junit.Assume.assumeTrue;

import flock.boot.ReachGate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.BeforeClass;
import org.junit.Test;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.FieldVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * Looks in the class files of the running JDK for ways around the table: public methods that come to the same end as a method that
 * has a row, and do not pass one on the way.
 *
 * Ends are the native methods that methods with rows call, the static fields that they write, and those of {@link #ENDS}. Calls
 * are followed backwards by the class that they name, through lambdas and anonymous classes, until a method has a row; calls
 * that go through an interface or a class above are not seen, but for those of types that functions can name.
 */
public final class WaysAroundTest {
    private static final int NEWEST = 25;
    private static final int READING = ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES;

    /** Ends that no method with a row names itself. */
    private static final String[] ENDS = {
        "java/lang/Shutdown.exit", "java/lang/Shutdown.halt", "java/lang/Shutdown.halt0",
        "java/lang/ProcessImpl.forkAndExec",
        "jdk/internal/loader/NativeLibraries.load", "sun/security/pkcs11/wrapper/PKCS11.connect",
        "sun/security/pkcs11/Secmod.nssLoadLibrary",
        "jdk/internal/misc/Signal.handle0", "jdk/internal/misc/Signal.raise0",
        "java/lang/System.setIn0", "java/lang/System.setOut0", "java/lang/System.setErr0",
        "java/util/Locale.defaultLocale", "java/util/Locale.defaultDisplayLocale", "java/util/Locale.defaultFormatLocale",
        "java/util/TimeZone.defaultTimeZone", "java/net/Authenticator.theAuthenticator",
        "java/net/ProxySelector.theProxySelector", "java/net/CookieHandler.cookieHandler",
        "java/net/ResponseCache.theResponseCache", "java/net/URL.factory", "java/net/URLConnection.factory",
        "java/net/URLConnection.fileNameMap", "javax/net/ssl/SSLContext.defaultContext", "java/lang/System.props",
        "sun/security/jca/Providers.providerList",
    };

    /** Native methods and fields that methods with rows come to, and that change nothing and tell nothing of others. */
    private static final Set<String> HARMLESS = Set.of(
            "java/lang/System.arraycopy", "java/lang/System.mapLibraryName", "java/lang/System.nanoTime",
            "java/lang/System.currentTimeMillis", "java/lang/System.identityHashCode", "java/lang/Thread.currentThread", "java/lang/Class.isArray",
            "java/lang/Class.isPrimitive", "java/lang/Class.isInterface", "java/lang/Class.getModifiers",
            "java/lang/Class.isInstance", "java/lang/Class.isAssignableFrom", "java/lang/Class.isHidden",
            "java/lang/Class.getSuperclass", "java/lang/Object.getClass", "java/lang/Object.hashCode",
            "java/lang/Object.notifyAll", "java/lang/Thread.sleep",
            // What listeners wish to hear, of which functions put up none.
            "java/awt/Toolkit.enabledOnToolkitMask");

    /** Methods where a search ends, because what they are asked to do is the JDK's own choice. */
    private static final Map<String, String> PASSED = reviewed(
            "java/security/Policy.getPolicyNoCheck", "takes the policy that the JDK is configured with, when first asked",
            "java/security/Policy.loadPolicyProvider", "the same",
            "sun/security/krb5/Config.getInstance", "reads the host's properties, when first asked: to have it read anew is refused");

    /** Found, looked at, and left without a row. */
    private static final Map<String, String> REVIEWED = reviewed(
            "java.awt.GradientPaintContext.getRaster", "takes what is in the cache, into which functions put nothing",
            "java.awt.MultipleGradientPaintContext.getRaster", "the same",
            "sun.management.ThreadImpl.getCurrentThreadCpuTime", "of the calling thread",
            "sun.management.ThreadImpl.getCurrentThreadUserTime", "the same",
            "java.lang.ProcessHandleImpl$1.run", "waits for a process that has a handle",
            "java.lang.ProcessHandleImpl.isAlive", "of its own handle: those of others are refused",
            "java.lang.ProcessHandleImpl.onExit", "the same",
            "java.lang.ProcessImpl.onExit", "of a process that it started: refused",
            "java.lang.Thread.getStackTrace", "of a thread that it has: nothing gives it those of others",
            "java.lang.Thread.activeCount", "in its own group, above which getParent does not lead",
            "java.lang.Thread.enumerate", "the same",
            "java.lang.ThreadGroup.activeCount", "the same",
            "java.lang.ThreadGroup.enumerate", "the same",
            "java.lang.ThreadGroup.interrupt", "the same",
            "java.lang.ThreadGroup.list", "the same",
            "java.lang.VirtualThread.interrupt", "of a thread that it has",
            "java.lang.Thread.startVirtualThread", "makes a thread of its own, which it may interrupt",
            "java.lang.ThreadBuilders$VirtualThreadBuilder.start", "the same",
            "java.lang.ThreadBuilders$VirtualThreadBuilder.unstarted", "the same",
            "java.lang.ThreadBuilders$VirtualThreadFactory.newThread", "the same",
            "com.sun.management.internal.VirtualThreadSchedulerImpls$VirtualThreadSchedulerImpl.setParallelism",
            "of a scheduler that the host's JVM does not have: each virtual thread has a thread of its own",
            "sun.management.MemoryImpl.gc", "like Runtime.gc, which is native: counted and bounded, see hostile/gc-storm",
            "sun.management.MemoryPoolImpl.getUsage", "reads how much memory the JVM uses, as Runtime does",
            "sun.management.MemoryPoolImpl.isUsageThresholdExceeded", "the same",
            "sun.nio.ch.FileChannelImpl$Unmapper.run", "lets go what it has mapped: nothing gives it what others have",
            "sun.nio.ch.MembershipKeyImpl.drop", "leaves a group that its own channel is in",
            "sun.security.pkcs11.P11KeyStore.engineLoad", "of a token: no function has one, as it cannot make a PKCS11",
            "sun.security.pkcs11.P11KeyStore.engineSetCertificateEntry", "the same",
            "sun.security.pkcs11.P11KeyStore.engineSetEntry", "the same",
            "sun.security.pkcs11.P11KeyStore.engineSetKeyEntry", "the same",
            "sun.security.pkcs11.SunPKCS11.configure", "asks a PKCS11, which it cannot make");

    /** Setters of static fields, the same. */
    private static final Map<String, String> REVIEWED_SETTERS = reviewed(
            "java.awt.Cursor.predefined", "a static of AWT: SECURITY.md says that these are shared",
            "com.sun.java.accessibility.util.AWTEventMonitor.", "the same",
            "javax.swing.", "the same of Swing");

    private static JdkClasses jdk;
    private static Map<String, List<Row>> rows;

    private static Map<String, String> reviewed(String... namesAndReasons) {
        Map<String, String> all = new HashMap<>();
        for (int i = 0; i < namesAndReasons.length; i += 2) {
            all.put(namesAndReasons[i], namesAndReasons[i + 1]);
        }
        return all;
    }

    @BeforeClass
    public static void read() throws Exception {
        jdk = new JdkClasses();
        rows = new HashMap<>();
        for (Row row : Table.rows()) {
            if (row.kind != Kind.FIELD) {
                rows.computeIfAbsent(row.type.replace('.', '/'), any -> new ArrayList<>()).add(row);
            }
        }
    }

    private static boolean hasRow(String owner, String name, String descriptor) {
        for (Row row : rows.getOrDefault(owner, List.of())) {
            if (row.isFor(name, descriptor)) {
                return true;
            }
        }
        return false;
    }

    @Test
    public void nothingComesToTheSameEndWithoutARow() {
        Map<String, String> reached = new HashMap<>();
        for (String end : ends()) {
            reached.put(end, end);
        }
        Set<String> fresh = new HashSet<>(reached.keySet());
        Map<String, String> found = new TreeMap<>();
        while (!fresh.isEmpty()) {
            Set<String> next = new HashSet<>();
            jdk.mentioning(namesOf(fresh), entry -> entry.read().accept(new Callers(entry, reached, next, found), READING));
            fresh = next;
        }
        Set<String> unknown = new TreeSet<>();
        found.forEach((name, end) -> {
            if (!REVIEWED.containsKey(name)) {
                unknown.add(name + " comes to " + end);
            }
        });
        assertTrue("without a row in the table:\n" + String.join("\n", unknown), unknown.isEmpty());
    }

    private static Set<String> namesOf(Set<String> members) {
        Set<String> names = new HashSet<>();
        for (String each : members) {
            names.add(each.replaceFirst("[( ].*", ""));
        }
        return names;
    }

    /** A method is OWNER.NAME(..).., a field OWNER.NAME. */
    private static Set<String> ends() {
        Set<String> ends = new TreeSet<>();
        Set<String> natives = new HashSet<>();
        Set<String> listed = new HashSet<>(Arrays.asList(ENDS));
        Set<String> owners = new HashSet<>(rows.keySet());
        listed.forEach(each -> owners.add(each.substring(0, each.indexOf('.'))));
        Set<String> met = new HashSet<>();
        for (String owner : owners) {
            jdk.find(owner).read().accept(new ClassVisitor(Opcodes.ASM9) {
                @Override
                public FieldVisitor visitField(int access, String name, String descriptor, String signature, Object value) {
                    if (listed.contains(owner + "." + name)) {
                        met.add(owner + "." + name);
                        ends.add(owner + "." + name);
                    }
                    return null;
                }

                @Override
                public MethodVisitor visitMethod(int access, String name, String descriptor, String signature, String[] errors) {
                    if ((access & Opcodes.ACC_NATIVE) != 0) {
                        natives.add(owner + "." + name + descriptor);
                    }
                    if (listed.contains(owner + "." + name)) {
                        met.add(owner + "." + name);
                        ends.add(owner + "." + name + descriptor);
                    }
                    return null;
                }
            }, READING);
        }
        listed.removeAll(met);
        assertEquals("ends that this JDK does not have", Set.of(), listed);
        for (String owner : rows.keySet()) {
            jdk.find(owner).read().accept(new ClassVisitor(Opcodes.ASM9) {
                @Override
                public MethodVisitor visitMethod(int access, String name, String descriptor, String signature, String[] errors) {
                    return !hasRow(owner, name, descriptor) ? null : new MethodVisitor(Opcodes.ASM9) {
                        @Override
                        public void visitMethodInsn(int opcode, String called, String method, String of, boolean isInterface) {
                            if (natives.contains(called + "." + method + of) && !HARMLESS.contains(called + "." + method)) {
                                ends.add(called + "." + method + of);
                            }
                        }

                        @Override
                        public void visitFieldInsn(int opcode, String written, String field, String of) {
                            if (opcode == Opcodes.PUTSTATIC && !HARMLESS.contains(written + "." + field)) {
                                ends.add(written + "." + field);
                            }
                        }
                    };
                }
            }, READING);
        }
        return ends;
    }

    /** Finds the methods of a class that mention what is reached. */
    private static final class Callers extends ClassVisitor {
        private final JdkClasses.Entry entry;
        private final Map<String, String> reached;
        private final Set<String> next;
        private final Map<String, String> found;
        private final List<String> constructors = new ArrayList<>();
        private String made;

        Callers(JdkClasses.Entry entry, Map<String, String> reached, Set<String> next, Map<String, String> found) {
            super(Opcodes.ASM9);
            this.entry = entry;
            this.reached = reached;
            this.next = next;
            this.found = found;
        }

        @Override
        public MethodVisitor visitMethod(int access, String name, String descriptor, String signature, String[] errors) {
            String key = entry.name + "." + name + descriptor;
            if (name.equals("<init>")) {
                constructors.add(key);
            }
            if (name.equals("<clinit>") || hasRow(entry.name, name, descriptor) || reached.containsKey(key)
                    || PASSED.containsKey(entry.name + "." + name)) {
                return null;
            }
            return new MethodVisitor(Opcodes.ASM9) {
                private void mentions(String member) {
                    String end = reached.get(member);
                    if (end != null && !reached.containsKey(key)) {
                        reach(access, name, descriptor, key, end);
                    }
                }

                @Override
                public void visitMethodInsn(int opcode, String owner, String method, String of, boolean isInterface) {
                    mentions(owner + "." + method + of);
                }

                @Override
                public void visitFieldInsn(int opcode, String owner, String field, String of) {
                    if (opcode == Opcodes.PUTSTATIC) {
                        mentions(owner + "." + field);
                    }
                }

                @Override
                public void visitInvokeDynamicInsn(String call, String of, Handle bootstrap, Object... arguments) {
                    for (Object each : arguments) {
                        if (each instanceof Handle) {
                            Handle handle = (Handle) each;
                            mentions(handle.getOwner() + "." + handle.getName() + handle.getDesc());
                        }
                    }
                }
            };
        }

        private void reach(int access, String name, String descriptor, String key, String end) {
            reached.put(key, end);
            next.add(key);
            made = end;
            boolean isShown = (access & (Opcodes.ACC_PUBLIC | Opcodes.ACC_PROTECTED)) != 0
                    && (access & Opcodes.ACC_SYNTHETIC) == 0 && !ReachGate.isHidden(entry.name.replace('/', '.'));
            if (isShown && (entry.isExported || isShownAbove(name, descriptor))) {
                found.put(entry.name.replace('/', '.') + "." + name, end);
            }
            if ((access & Opcodes.ACC_PRIVATE) == 0 && !name.equals("<init>")) {
                for (String below : jdk.below(entry.name)) {
                    String inherited = below + "." + name + descriptor;
                    if (reached.putIfAbsent(inherited, end) == null) {
                        next.add(inherited);
                    }
                }
            }
        }

        /** Does a type that functions can name declare it? */
        private boolean isShownAbove(String name, String descriptor) {
            for (String above : jdk.above(entry)) {
                JdkClasses.Entry type = jdk.find(above);
                if (type != null && type.isExported && !above.equals("java/lang/Object") && declares(type, name, descriptor)) {
                    return !name.equals("<init>");
                }
            }
            return false;
        }

        /** An anonymous class acts for the one who makes it. */
        @Override
        public void visitEnd() {
            if (made != null && entry.name.matches(".*\\$\\d+")) {
                for (String each : constructors) {
                    if (reached.putIfAbsent(each, made) == null) {
                        next.add(each);
                    }
                }
            }
        }
    }

    private static boolean declares(JdkClasses.Entry type, String name, String descriptor) {
        boolean[] has = new boolean[1];
        type.read().accept(new ClassVisitor(Opcodes.ASM9) {
            @Override
            public MethodVisitor visitMethod(int access, String each, String of, String signature, String[] errors) {
                has[0] |= each.equals(name) && of.equals(descriptor);
                return null;
            }
        }, READING);
        return has[0];
    }

    /** A public static method that keeps what it is given in a static field sets something for all. */
    @Test
    public void everySetterOfAStaticHasARow() {
        Set<String> unknown = new TreeSet<>();
        for (JdkClasses.Entry entry : jdk.all()) {
            if (entry.isExported && !ReachGate.isHidden(entry.name.replace('/', '.'))) {
                entry.read().accept(new Setters(entry.name, unknown), READING);
            }
        }
        unknown.removeIf(name -> REVIEWED_SETTERS.keySet().stream().anyMatch(name::startsWith));
        assertTrue("set for all, and not in the table:\n" + String.join("\n", unknown), unknown.isEmpty());
    }

    /** Finds static methods that write an argument into a static field, and static fields that anybody can write. */
    private static final class Setters extends ClassVisitor {
        private final String owner;
        private final Set<String> found;

        Setters(String owner, Set<String> found) {
            super(Opcodes.ASM9);
            this.owner = owner;
            this.found = found;
        }

        @Override
        public FieldVisitor visitField(int access, String name, String descriptor, String signature, Object value) {
            int wanted = Opcodes.ACC_STATIC | Opcodes.ACC_FINAL;
            boolean isOpen = (access & wanted) == Opcodes.ACC_STATIC
                    && (access & (Opcodes.ACC_PUBLIC | Opcodes.ACC_PROTECTED)) != 0;
            if (isOpen) {
                found.add(owner.replace('/', '.') + "." + name);
            }
            return null;
        }

        @Override
        public MethodVisitor visitMethod(int access, String name, String descriptor, String signature, String[] errors) {
            boolean isShown = (access & Opcodes.ACC_STATIC) != 0
                    && (access & (Opcodes.ACC_PUBLIC | Opcodes.ACC_PROTECTED)) != 0;
            int arguments = Type.getArgumentsAndReturnSizes(descriptor) >> 2;
            if (!isShown || name.startsWith("<") || hasRow(owner, name, descriptor)) {
                return null;
            }
            return new MethodVisitor(Opcodes.ASM9) {
                /** Since an argument was loaded, it has only been looked at. */
                private boolean isArgument;

                @Override
                public void visitVarInsn(int opcode, int local) {
                    isArgument = opcode >= Opcodes.ILOAD && opcode <= Opcodes.ALOAD && local < arguments - 1;
                }

                @Override
                public void visitFieldInsn(int opcode, String of, String field, String type) {
                    if (opcode == Opcodes.PUTSTATIC && isArgument) {
                        found.add(owner.replace('/', '.') + "." + name);
                    }
                    isArgument = false;
                }

                @Override
                public void visitInsn(int opcode) {
                    isArgument &= opcode == Opcodes.DUP;
                }

                @Override
                public void visitMethodInsn(int opcode, String of, String method, String with, boolean isInterface) {
                    // Objects.requireNonNull, clone and the like give the argument back.
                    isArgument &= with.endsWith("Ljava/lang/Object;");
                }

                @Override
                public void visitLdcInsn(Object value) {
                    isArgument = false;
                }

                @Override
                public void visitTypeInsn(int opcode, String type) {
                    isArgument &= opcode == Opcodes.CHECKCAST;
                }
            };
        }
    }

    /** What was looked at is there, in the newest JDK: a list of exceptions does not outlive what it excepts. */
    @Test
    public void whatWasReviewedIsThere() {
        assumeTrue(Runtime.version().feature() >= NEWEST);
        Set<String> gone = new TreeSet<>();
        for (Map<String, String> reviewed : List.of(PASSED, REVIEWED, REVIEWED_SETTERS)) {
            for (String name : reviewed.keySet()) {
                String type = name.replace('.', '/');
                boolean isThere = type.endsWith("/");
                while (!isThere && type.indexOf('/') > 0) {
                    type = type.substring(0, type.lastIndexOf('/'));
                    isThere = jdk.find(type) != null;
                }
                if (!isThere) {
                    gone.add(name);
                }
            }
        }
        assertEquals(Collections.emptySet(), gone);
    }
}
