package flock.shim.call;

import flock.boot.Budget;
import flock.boot.Face;
import flock.boot.Gate;
import flock.boot.Group;
import flock.boot.Lane;
import flock.boot.Pools;
import flock.boot.Port;
import flock.boot.Rights;
import flock.shim.convention.Target;
import flock.shim.image.Image;
import flock.shim.image.Ownership;
import flock.shim.loader.FuncletLoader;
import flock.shim.stream.LineStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One loaded action version: its loader, threads, environment and streams. As a face it answers for the threads that
 * the function started itself; lanes answer for themselves.
 *
 * Made without running function code. After close() the shim keeps nothing that refers to it; threads that outlive
 * it are turned over to {@link Closed}, which grants them nothing.
 */
public final class Funclet extends Face {
    private static final ThreadGroup ALL = new ThreadGroup(topGroup(), "flock-funclets");

    /** Of those that belong to no funclet, or to one that is no more. */
    private static final Face STRANGERS = new Closed(Allowance.closed());

    static {
        Gate.setStrangers(STRANGERS);
    }

    private final long number;
    private final Port port;
    private final Image image;
    private final FuncletLoader loader;
    private final Group group;
    private final Environment environment;
    private final Allowance budget;
    private final Pools pools;
    private final Initialisation initialisation;
    private final Outputs outputs;
    private final OwnStreams own = new OwnStreams();
    /** The calls that run. */
    private final List<Ending> running = new ArrayList<>(1);
    private final Cabins cabins;
    private final ThreadLocal<Integer> inside = new ThreadLocal<>();
    private volatile Request latest;

    public Funclet(Port port, long number, Image image, String main, String env, Rights rights) {
        this(port, number, image, main, env, rights, null);
    }

    /** With a group that was made ahead, if there is one. */
    public Funclet(Port port, long number, Image image, String main, String env, Rights rights, Spare spare) {
        this.number = number;
        this.port = port;
        this.image = image;
        environment = new Environment(env);
        budget = new Allowance(port, number, rights);
        outputs = new Outputs(port, number);
        cabins = new Cabins(port, number);
        group = spare == null ? new Group(ALL, groupName(number), this) : spare.board(this);
        loader = new FuncletLoader(image, number, this);
        pools = new Pools(loader);
        initialisation = new Initialisation(new Target(main, loader, image));
    }

    /** A group beside those of all funclets, with a face that grants nothing. */
    static Group vacantGroup(String name, Face face) {
        return new Group(ALL, name, face);
    }

    /** The group of a funclet that is not there yet. */
    static Group groupAhead(long number) {
        return new Group(LaneSeat.VACANT, ALL, groupName(number));
    }

    private static String groupName(long number) {
        return "funclet-" + number;
    }

    private static ThreadGroup topGroup() {
        ThreadGroup group = Thread.currentThread().getThreadGroup();
        while (group.getParent() != null) {
            group = group.getParent();
        }
        return group;
    }

    /** Makes and starts a lane that works for no funclet of its own, but for the hops of chains. */
    public static Thread startChainLane(Port port, long lane) {
        Lane thread = port.make(() -> new ChainSeat(port, lane).lane(ChainSeat.GROUP));
        thread.start();
        return thread;
    }

    /** Makes and starts a lane. */
    public Thread startLane(long lane) {
        Lane thread = port.make(() -> new LaneSeat(this, port, lane).lane(group));
        thread.start();
        return thread;
    }

    /**
     * Interrupts what still lives, if there is anything, and lets go of the image. Gives the loader, which should be
     * unreachable soon. To be done again when the heap was too full for it.
     */
    public ClassLoader close(boolean isDeserted) {
        budget.end(isDeserted);
        pools.close();
        Face remains = isDeserted ? STRANGERS : new Closed(budget);
        group.close(this, remains, isDeserted);
        loader.close(this, remains);
        initialisation.close();
        cabins.close();
        return loader;
    }

    /** None of its threads gets past a handler any more. Allocates nothing. */
    public void condemn() {
        budget.mark();
    }

    /** No thread of it lives any more. */
    public void buried() {
        budget.unmark();
    }

    long number() {
        return number;
    }

    FuncletLoader loader() {
        return loader;
    }

    Environment environment() {
        return environment;
    }

    Initialisation initialisation() {
        return initialisation;
    }

    OwnStreams own() {
        return own;
    }

    Group group() {
        return group;
    }

    Cabins cabins() {
        return cabins;
    }

    /** Who may keep what the function is given or gives. */
    Ownership ownership() {
        return initialisation.isStatic() ? image.ownership() : Ownership.KEPT;
    }

    void enter(Ending call) {
        synchronized (running) {
            running.add(call);
        }
    }

    void leave(Ending call) {
        synchronized (running) {
            running.remove(call);
        }
    }

    void begin(Request request) {
        latest = request;
    }

    /** Ends of lines that other threads of the function printed go to the log when a call ends. */
    void finishOutputs() {
        outputs.finish();
    }

    /** A thread that the function started wants to exit: all calls that run now end so. */
    @Override
    protected void exit(int status) {
        Ending[] all;
        synchronized (running) {
            all = running.toArray(new Ending[0]);
        }
        for (Ending call : all) {
            call.exit(status);
        }
    }

    @Override
    protected Map<String, String> env() {
        Request request = latest;
        return request == null ? environment.outsideOfCalls() : request.env(environment);
    }

    @Override
    protected String env(String name) {
        Request now = latest;
        return now == null ? environment.outsideOfCalls().get(name) : now.env(environment, name);
    }

    @Override
    protected PrintStream enterStream(int stream) {
        PrintStream mine = own.get(stream);
        return mine != null && enterOwn(stream) ? mine : outputs.get(stream);
    }

    @Override
    protected InputStream enterInput() {
        InputStream mine = own.input();
        return mine != null && enterOwn(0) ? mine : InputStream.nullInputStream();
    }

    private boolean enterOwn(int stream) {
        Integer before = inside.get();
        int bits = before == null ? 0 : before;
        if ((bits & 1 << stream) != 0) {
            return false;
        }
        inside.set(bits | 1 << stream);
        return true;
    }

    @Override
    protected void leaveStream(int stream) {
        Integer before = inside.get();
        int bits = before == null ? 0 : before & ~(1 << stream);
        if (bits == 0) {
            inside.remove();
        } else {
            inside.set(bits);
        }
    }

    @Override
    protected void printStackTrace(Throwable error, int stream) {
        PrintStream to = enterStream(stream);
        try {
            error.printStackTrace(to);
        } finally {
            if (!(to instanceof LineStream)) {
                leaveStream(stream);
            }
        }
    }

    @Override
    protected void setStream(int stream, PrintStream replacement) {
        own.set(stream, replacement);
    }

    @Override
    protected void setInput(InputStream input) {
        own.setInput(input);
    }

    @Override
    protected ClassLoader systemLoader() {
        return loader;
    }

    @Override
    protected Pools pools() {
        return pools;
    }

    @Override
    protected Budget budget() {
        return budget;
    }
}
