package flock.shim.call;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import flock.boot.Budget;
import flock.boot.Group;
import flock.boot.Lane;
import flock.boot.Port;
import flock.shim.image.Ownership;
import flock.shim.json.Copies;
import flock.shim.json.JsonFault;
import java.util.Map;

/**
 * The work of a lane that runs chains of one namespace, hop by hop, each in the funclet that the host names.
 *
 * What a hop leaves on the thread goes with it: thread-locals, streams, context loader, name, priority, handler,
 * interrupt. Its value stays here for the next hop. Where the code of the hop may have kept a reference to it, the
 * next one gets a copy, so that no hop can change what another sees; where it cannot ({@link
 * flock.shim.image.Confinement}), the value itself moves, whatever its size.
 */
final class ChainSeat extends LaneSeat {
    /** What the host wants of a hop. The same as in the host's wire.rs. */
    static final int CARRIED = 1;
    static final int WRITES = 2;
    static final int KEEPS = 4;

    static final Group GROUP = Funclet.vacantGroup("flock-chains", VACANT);

    private Cabins.Cabin cabin;
    /** The ending of the hop that runs, for other threads. */
    private volatile Ending current;
    private Thread thread;
    private String name;
    private int wishes;
    private JsonElement carried;
    private JsonElement kept;
    /** The payload is carried, and the action has parameters that are not under it yet. */
    private boolean hasDefaults;

    ChainSeat(Port port, long number) {
        super(null, port, number);
    }

    @Override
    protected void serve() {
        thread = Thread.currentThread();
        name = thread.getName();
        frame.open(number);
        for (;;) {
            Object next = frame.hop(status, initMicros);
            if (next == null) {
                return;
            }
            board((Funclet) next);
            try {
                take();
                call();
                send();
            } finally {
                // A hop that was stopped leaves as well: its funclet may live on.
                funclet.leave(ending);
            }
            alight();
        }
    }

    private void board(Funclet next) {
        cabin = next.cabins().take();
        outputs = cabin.outputs;
        inside = 0;
        ending = new Ending();
        ending.of(thread, next.budget());
        current = ending;
        funclet = next;
        thread.setContextClassLoader(next.loader());
        // Else JDK 17 names the group of all lanes of chains as the one that would be asked.
        thread.setUncaughtExceptionHandler(next.group());
        ThreadLocals.put(thread, cabin.locals, cabin.inheritable);
        next.enter(ending);
    }

    private void take() {
        wishes = frame.wishes();
        begin(frame.takeHop());
        JsonElement value = carried;
        carried = null;
        kept = null;
        hasDefaults = false;
        if ((wishes & CARRIED) != 0) {
            payload = value;
            hasDefaults = value instanceof JsonObject && frame.hasPayload(request.payloadOffset());
        }
    }

    /** Within the call, so that whatever is wrong with the value is the answer of the hop. */
    @Override
    public JsonElement payload() {
        if (hasDefaults) {
            hasDefaults = false;
            mergeUnder((JsonObject) payload, (JsonObject) frame.read(reader, request.payloadOffset()));
        }
        return super.payload();
    }

    /** The parameters of an action stand under what is handed to it. */
    private static void mergeUnder(JsonObject value, JsonObject parameters) {
        for (Map.Entry<String, JsonElement> parameter : parameters.entrySet()) {
            if (!value.has(parameter.getKey())) {
                value.add(parameter.getKey(), parameter.getValue());
            }
        }
    }

    @Override
    void accept(JsonElement result, int kind) {
        kept = null;
        JsonElement value = result;
        boolean isError = kind == Status.APPLICATION_ERROR;
        if (!isError && (wishes & KEEPS) != 0) {
            // The copy comes first: the record shows what the next hop gets.
            value = handedOn(result);
        }
        if (isError || (wishes & WRITES) != 0) {
            write(value);
        }
        kept = value;
    }

    /** The value itself, or what nobody else leads to. */
    private JsonElement handedOn(JsonElement result) {
        Ownership ownership = funclet.ownership();
        if (ownership == Ownership.SOLE) {
            return result;
        }
        try {
            return ownership == Ownership.JOINED ? Copies.untangled(result) : Copies.of(result);
        } catch (JsonFault fault) {
            throw fault.about("the result cannot be written as JSON: ");
        }
    }

    @Override
    void putResult() {
        if (status == Status.APPLICATION_ERROR || (wishes & WRITES) != 0) {
            super.putResult();
        } else {
            frame.putNothing();
        }
    }

    private void alight() {
        Funclet last = funclet;
        current = null;
        ending.settle();
        cabin.locals = ThreadLocals.locals(thread);
        cabin.inheritable = ThreadLocals.inheritable(thread);
        ThreadLocals.put(thread, null, null);
        tidy();
        last.cabins().give(cabin);
        cabin = null;
        outputs = null;
        request = null;
        funclet = null;
        boolean goesOn = status == Status.OBJECT || status == Status.ARRAY;
        carried = goesOn && (wishes & KEEPS) != 0 ? kept : null;
        kept = null;
    }

    private void tidy() {
        thread.setContextClassLoader(null);
        thread.setUncaughtExceptionHandler(null);
        if (!name.equals(thread.getName())) {
            thread.setName(name);
        }
        if (thread.getPriority() != Thread.NORM_PRIORITY) {
            thread.setPriority(Thread.NORM_PRIORITY);
        }
    }

    @Override
    Lane lane(Group group) {
        return lane(group, "chain-" + number);
    }

    @Override
    protected ThreadGroup hopGroup() {
        Funclet now = funclet;
        return now == null ? null : now.group();
    }

    @Override
    protected Object runs(Budget caller) {
        Ending now = current;
        return now != null && now.isOf(caller) ? now : null;
    }

    @Override
    protected boolean interruptBy(Budget caller) {
        Ending now = current;
        if (now != null && Thread.holdsLock(now)) {
            // This is the interrupt that it has made up its mind to.
            return false;
        }
        if (now != null) {
            now.interrupt(caller);
        }
        return true;
    }
}
