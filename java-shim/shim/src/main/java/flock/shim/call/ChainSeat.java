package flock.shim.call;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import flock.boot.Budget;
import flock.boot.Group;
import flock.boot.Lane;
import flock.boot.Port;
import flock.shim.image.Ownership;
import flock.shim.json.JsonFault;
import flock.shim.json.Trees;
import java.util.Arrays;
import java.util.Map;

/**
 * The work of a lane that runs chains of one namespace, hop by hop, each in the funclet that the host names.
 *
 * What a hop leaves on the thread goes with it: thread-locals, streams, context loader, name, priority, handler,
 * interrupt. Its value stays here for the next hop. Where neither of the two can keep a reference to it beyond its call
 * ({@link flock.shim.image.Confinement}), the value itself moves, whatever its size. Else the next one reads it from its text: so
 * no hop can change what another sees, and what a hop keeps is memory of its own.
 */
final class ChainSeat extends LaneSeat {
    /** What the host wants of a hop. The same as in the host's wire.rs. */
    static final int CARRIED = 1;
    static final int WRITES = 2;
    static final int KEEPS = 4;

    /** The host has nothing for the lane now: what the chain has left is to be let go before the wait. */
    static final int RESTS = 8;

    static final Group GROUP = Funclet.vacantGroup("flock-chains", VACANT);

    private Cabins.Cabin cabin;
    /** The ending of the hop that runs, for other threads. */
    private volatile Ending current;
    private Thread thread;
    private String name;
    private int wishes;
    /** What the last hop hands on: the value, or the bytes of its text. */
    private Object carried;
    private Object kept;
    /** What the hop that runs was handed, until it asks for it. */
    private Object handed;

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
            if (next == null && frame.wishes() == RESTS) {
                carried = null;
                next = frame.hop(Status.NONE, -1);
            }
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
        cabin.traces.put(thread);
        next.enter(ending);
    }

    private void take() {
        wishes = frame.wishes();
        begin(frame.takeHop());
        handed = (wishes & CARRIED) != 0 ? carried : null;
        carried = null;
        kept = null;
    }

    /** Within the call, so that whatever is wrong with the value is the answer of the hop, and its memory the hop's. */
    @Override
    public JsonElement payload() {
        if (handed != null) {
            JsonElement value = taken();
            if (value instanceof JsonObject && frame.hasPayload(request.payloadOffset())) {
                mergeUnder((JsonObject) value, (JsonObject) frame.read(reader, request.payloadOffset()));
            }
            payload = value;
            handed = null;
        }
        return super.payload();
    }

    private JsonElement taken() {
        if (handed instanceof JsonElement && funclet.ownership() != Ownership.KEPT) {
            return (JsonElement) handed;
        }
        try {
            if (handed instanceof JsonElement) {
                writer.writeWhole((JsonElement) handed);
                return reader.read(writer.bytes(), 0, writer.length());
            }
            byte[] text = (byte[]) handed;
            return reader.read(text, 0, text.length);
        } catch (JsonFault fault) {
            throw new IllegalArgumentException("the payload is no JSON: " + fault.getMessage());
        }
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
        boolean isError = kind == Status.APPLICATION_ERROR;
        boolean handsOn = !isError && (wishes & KEEPS) != 0;
        boolean moves = handsOn && moves(result);
        boolean isWritten = isError || (wishes & WRITES) != 0;
        if (isWritten) {
            write(result);
        } else if (!moves) {
            try {
                writer.writeWhole(result);
            } catch (JsonFault fault) {
                throw fault.about(NO_JSON);
            }
        }
        if (handsOn) {
            // The text is as it was at this moment; the record shows the same.
            kept = moves ? result : Arrays.copyOf(writer.bytes(), writer.length());
        }
    }

    /** Does nothing else lead to the value or a part of it? */
    private boolean moves(JsonElement result) {
        Ownership ownership = funclet.ownership();
        try {
            return ownership == Ownership.SOLE || ownership == Ownership.JOINED && Trees.is(result);
        } catch (JsonFault fault) {
            throw fault.about(NO_JSON);
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
        cabin.traces.take(thread);
        tidy();
        last.cabins().give(cabin);
        cabin = null;
        outputs = null;
        request = null;
        funclet = null;
        handed = null;
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
