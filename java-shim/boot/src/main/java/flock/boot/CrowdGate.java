package flock.boot;

import java.lang.management.ThreadMXBean;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Hooks around threads that are not the caller's: a function finds and changes only its own. Its thread group is the top
 * one for it, so that no way leads up to those of others.
 */
public final class CrowdGate {
    private static final String VIRTUAL = "VirtualThreads";
    /** So many frames in all are looked at at a time: everybody waits meanwhile, some 10 us a frame. */
    private static final int FRAMES_MAX = 4096;
    private static final Field NUMBER;

    static {
        try {
            NUMBER = Thread.class.getDeclaredField("tid");
            NUMBER.setAccessible(true);
            NUMBER.getLong(Thread.currentThread());
        } catch (ReflectiveOperationException unknown) {
            throw new ExceptionInInitializerError(unknown);
        }
    }

    private CrowdGate() {}

    /** Its number, whatever a class below says. */
    private static long number(Thread thread) {
        try {
            return NUMBER.getLong(thread);
        } catch (IllegalAccessException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** interrupt, setPriority, setName and the like, on this thread. */
    public static void changes(Object of) {
        Thread thread = (Thread) of;
        if (thread == Thread.currentThread()) {
            return;
        }
        Face face = Gate.caller();
        if (face != null && !isOwn(face, thread) && Callers.functionAsksForItself()) {
            throw new SecurityException("a function cannot change threads that are not its own");
        }
    }

    private static boolean isOwn(Face face, Thread thread) {
        if (thread instanceof Lane) {
            return ((Lane) thread).isOf(face);
        }
        ThreadGroup group = thread.getThreadGroup();
        if (group == null || VIRTUAL.equals(group.getName())) {
            return true;
        }
        return isIn(face, group);
    }

    private static boolean isIn(Face face, ThreadGroup inner) {
        for (ThreadGroup group = inner; group != null; group = group.getParent()) {
            if (group instanceof Group) {
                return ((Group) group).face().budget() == face.budget();
            }
        }
        return false;
    }

    /** For a function its group has no parent, and neither has one of the JDK's. */
    public static Object parent(Object group) {
        boolean isTop = (group instanceof Group || !Group.isInside((ThreadGroup) group)) && Gate.caller() != null
                && Callers.functionAsksForItself();
        return isTop ? null : Gate.PASS;
    }

    /** What is in a group that is not the function's (that of virtual threads, those of the JDK's own threads), or a change of it. */
    public static void uses(Object group) {
        if (Group.isInside((ThreadGroup) group) && Gate.isHosts()) {
            return;
        }
        Face face = Gate.caller();
        if (face != null && !isIn(face, (ThreadGroup) group) && Callers.functionAsksForItself()) {
            throw new SecurityException("a function cannot use thread groups that are not its own");
        }
    }

    /** Thread.getAllStackTraces: of the function's own threads. */
    public static Object stacks() {
        Face face = Gate.caller();
        if (face == null) {
            return Gate.PASS;
        }
        Map<Thread, StackTraceElement[]> stacks = new HashMap<>();
        for (Thread thread : own(face)) {
            StackTraceElement[] stack = thread.getStackTrace();
            if (stack.length > 0) {
                stacks.put(thread, stack);
            }
        }
        return stacks;
    }

    private static List<Thread> own(Face face) {
        List<Thread> own = new ArrayList<>();
        Group top = face.budget().group();
        if (top == null) {
            return own;
        }
        Thread[] found = new Thread[top.activeCount() + 16];
        int count = top.enumerate(found, true);
        for (int i = 0; i < count; i++) {
            own.add(found[i]);
        }
        return own;
    }

    /** ThreadMXBean.getAllThreadIds. */
    public static Object ids(Object bean) {
        Face face = Gate.caller();
        if (face == null) {
            return Gate.PASS;
        }
        List<Thread> own = own(face);
        long[] ids = new long[own.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = number(own.get(i));
        }
        return ids;
    }

    /** ThreadMXBean.getThreadInfo: others are as threads that have ended. */
    public static long[] known(Object bean, long[] asked) {
        Face face = asked == null ? null : Gate.caller();
        if (face == null) {
            return asked;
        }
        List<Thread> own = own(face);
        long[] known = asked.clone();
        for (int i = 0; i < known.length; i++) {
            long id = known[i];
            if (id > 0 && id != number(Thread.currentThread()) && own.stream().noneMatch(thread -> number(thread) == id)) {
                known[i] = Long.MAX_VALUE;
            }
        }
        return known;
    }

    /** What a thread has used. */
    public static long known(Object bean, long asked) {
        return known(bean, new long[] {asked})[0];
    }

    public static long[] known(Object bean, long[] asked, int depth) {
        return known(bean, asked);
    }

    public static long[] known(Object bean, long[] asked, boolean monitors, boolean synchronizers, int depth) {
        return known(bean, asked);
    }

    /** Without a depth it is the whole stack. */
    public static Object infos(Object bean, long[] asked, boolean monitors, boolean synchronizers) {
        return asked == null || Gate.caller() == null ? Gate.PASS
                : ((ThreadMXBean) bean).getThreadInfo(asked, monitors, synchronizers, FRAMES_MAX);
    }

    public static int depth(Object bean, long[] asked, int depth) {
        return asked == null || Gate.caller() == null ? depth : Math.min(depth, FRAMES_MAX / Math.max(1, asked.length));
    }

    public static int depth(Object bean, long[] asked, boolean monitors, boolean synchronizers, int depth) {
        return depth(bean, asked, depth);
    }

    /** Who owns locks of java.util.concurrent is looked for in the whole heap of all. */
    public static boolean synchronizers(Object bean, long[] asked, boolean monitors, boolean synchronizers, int depth) {
        return synchronizers && Gate.caller() == null;
    }
}
