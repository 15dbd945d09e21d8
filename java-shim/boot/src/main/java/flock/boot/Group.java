package flock.boot;

/**
 * The thread group of one funclet, so that threads which the function starts are known to be its own.
 *
 * A parent group keeps its children on JDK 17 and 18 until they are destroyed, so an unloaded funclet must take
 * its group down, and the group lets go of the funclet in any case.
 */
public final class Group extends ThreadGroup {
    private static final int LAST_JDK_THAT_DESTROYS = 18;
    private static final boolean IS_DESTROYED = Runtime.version().feature() <= LAST_JDK_THAT_DESTROYS;

    /** The one group that all of these are in. */
    private static volatile ThreadGroup all;

    private volatile Face face;

    public Group(ThreadGroup parent, String name, Face face) {
        super(parent, name);
        Callers.checkHost();
        all = parent;
        this.face = face;
        face.budget().setGroup(this);
    }

    /** Made ahead: it has this face until a funclet comes that it is for. */
    public Group(Face vacant, ThreadGroup parent, String name) {
        super(parent, name);
        Callers.checkHost();
        all = parent;
        face = vacant;
    }

    /** Is this a funclet's group, or one in it? What is not belongs to the JDK or to the host. */
    static boolean isInside(ThreadGroup group) {
        ThreadGroup top = all;
        return group != null && group != top && top != null && top.parentOf(group);
    }

    /** The funclet has come. Who says so shows that he has the face until now, as where one goes. */
    public void board(Face vacant, Face owner) {
        face = Face.replaced(face, vacant, owner);
        owner.budget().setGroup(this);
    }

    Face face() {
        return face;
    }

    /**
     * Turns what still lives over to a face that grants nothing, interrupts it, and leaves the parent group. Without threads
     * and groups of the function's own it allocates nothing, so that a full heap does not keep what would empty it.
     */
    public void close(Face own, Face remains, boolean isDeserted) {
        face = Face.replaced(face, own, remains);
        if (!isDeserted) {
            interrupt();
        }
        if (IS_DESTROYED) {
            remove();
        }
    }

    /** Takes the group out of its parent now, or when its last thread ends. */
    @SuppressWarnings({"deprecation", "removal"})
    private void remove() {
        if (activeGroupCount() > 0) {
            ThreadGroup[] inner = new ThreadGroup[activeGroupCount() + 8];
            int count = enumerate(inner, true);
            for (int i = 0; i < count; i++) {
                inner[i].setDaemon(true);
            }
        }
        setDaemon(true);
        try {
            if (!isDestroyed()) {
                destroy();
            }
        } catch (IllegalThreadStateException alive) {
            // A thread still lives; as a daemon group it goes with its last thread.
        }
    }

    /** A stopped thread and one that called System.exit end in silence, others by the funclet's own handler or as in any JVM. */
    @Override
    public void uncaughtException(Thread thread, Throwable error) {
        if (error instanceof Stop || error instanceof Exit) {
            return;
        }
        Thread.UncaughtExceptionHandler own = face.budget().defaultHandler();
        if (own != null) {
            own.uncaughtException(thread, error);
        } else {
            super.uncaughtException(thread, error);
        }
    }
}
