package flock.shim.call;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import flock.boot.Budget;
import flock.boot.Exit;
import flock.boot.Group;
import flock.boot.Lane;
import flock.boot.Pools;
import flock.boot.Port;
import flock.boot.Seat;
import flock.boot.Stop;
import flock.shim.convention.Entry;
import flock.shim.convention.Exchange;
import flock.shim.convention.Texts;
import flock.shim.json.JsonFault;
import flock.shim.json.Reader;
import flock.shim.json.Writer;
import flock.shim.stream.LineStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Map;

/**
 * The work of one lane: takes a request, runs the function, hands over the answer, for as long as the host says.
 *
 * A Stop goes through everything here: the thread ends without an answer. Whatever else the function throws becomes
 * an answer. What it left behind on the thread (context loader, interrupt) is put right before the next call.
 */
class LaneSeat extends Seat implements Exchange {
    /** What answers for a lane that is no funclet's, or not yet. */
    static final Closed VACANT = new Closed(Allowance.closed());
    static final String NO_JSON = "the result cannot be written as JSON: ";

    final long number;
    final Frame frame;
    final Reader reader = new Reader();
    final Writer writer = new Writer();
    private final Port port;
    private final Calls calls;

    /** These change only where a lane serves more than one funclet, or is made before its funclet. */
    Funclet funclet;
    Ending ending = new Ending();
    Outputs outputs;

    Request request;
    JsonElement payload;
    int status = Status.NONE;
    String text;
    int initMicros = -1;
    int inside;

    LaneSeat(Funclet funclet, Port port, long number) {
        this.funclet = funclet;
        this.port = port;
        this.number = number;
        frame = new Frame(port);
        calls = new Calls(port);
        outputs = funclet == null ? null : new Outputs(port, funclet.number());
    }

    /** From now on it is a lane of this funclet. */
    final void belongTo(Funclet owner) {
        funclet = owner;
        outputs = new Outputs(port, owner.number());
    }

    @Override
    protected boolean isVacant() {
        return funclet == null;
    }

    Lane lane(Group group) {
        return lane(group, "lane-" + number);
    }

    @Override
    protected void serve() {
        Thread thread = Thread.currentThread();
        ending.of(thread);
        frame.open(number);
        funclet.enter(ending);
        try {
            for (;;) {
                int length = frame.exchange(status, initMicros);
                if (length < 0) {
                    return;
                }
                thread.setContextClassLoader(funclet.loader());
                take(length);
                call();
                send();
            }
        } finally {
            funclet.leave(ending);
        }
    }

    private void take(int length) {
        begin(frame.take(length));
    }

    final void begin(Request next) {
        initMicros = -1;
        status = Status.NONE;
        text = null;
        request = next;
        funclet.begin(next);
    }

    final void call() {
        ending.begin();
        try {
            Entry entry = funclet.initialisation().await(this);
            if (entry != null && request.runs()) {
                entry.call(this);
            } else if (entry != null) {
                fail(Status.OBJECT, Messages.PREPARED);
            }
        } catch (Stop stop) {
            throw stop;
        } catch (Exit exit) {
            end(exit.status());
        } catch (JsonFault fault) {
            refuse(Messages.INVOKING + fault.getMessage());
        } catch (Throwable error) {
            failed(error);
        }
        outputs.finish();
        funclet.finishOutputs();
        if (ending.finish()) {
            fail(Status.EXIT, Messages.exit(ending.status()));
        }
    }

    /** With a full heap even the words for it may not be had; then a constant text answers. */
    private void failed(Throwable error) {
        fail(Status.DEVELOPER_ERROR, Messages.WORDLESS);
        try {
            refuse(Messages.INVOKING + Texts.explain(error));
            report(error, null);
        } catch (Stop stop) {
            throw stop;
        } catch (Throwable again) {
            fail(Status.DEVELOPER_ERROR, text);
        }
    }

    final void send() {
        payload = null;
        if (text == null && status == Status.NONE) {
            fail(Status.DEVELOPER_ERROR, Messages.NULL_RESULT);
        }
        if (text != null) {
            frame.put(text);
        } else {
            putResult();
        }
        frame.trim();
        reader.trim();
        writer.trim();
    }

    void putResult() {
        frame.put(writer.bytes(), writer.length(), writer.totalBytes());
    }

    @Override
    public JsonElement payload() {
        if (payload == null) {
            try {
                payload = frame.read(reader, request.payloadOffset());
            } catch (JsonFault fault) {
                throw new IllegalArgumentException("the payload is no JSON: " + fault.getMessage());
            }
        }
        return payload;
    }

    @Override
    public void answer(JsonElement result) {
        int kind = kindOf(result);
        if (kind == Status.NONE) {
            return;
        }
        accept(result, kind);
        status = kind;
        text = null;
    }

    /** Takes a result that is one. */
    void accept(JsonElement result, int kind) {
        write(result);
    }

    /** The status of a result; NONE after a refusal. */
    private int kindOf(JsonElement result) {
        if (result instanceof JsonObject) {
            return ((JsonObject) result).has("error") ? Status.APPLICATION_ERROR : Status.OBJECT;
        }
        if (result instanceof JsonArray) {
            return Status.ARRAY;
        }
        if (result == null) {
            fail(Status.DEVELOPER_ERROR, Messages.NULL_RESULT);
        } else {
            refuse(Messages.INVOKING + "the result is neither a JSON object nor a JSON array");
        }
        return Status.NONE;
    }

    final void write(JsonElement result) {
        try {
            writer.write(result, request.resultLimitBytes());
        } catch (JsonFault fault) {
            throw fault.about(NO_JSON);
        }
    }

    @Override
    public void refuse(String why) {
        fail(Status.DEVELOPER_ERROR, why);
    }

    /** Ends with a text in the place of a result. */
    void fail(int status, String why) {
        this.status = status;
        text = why;
    }

    void phase(boolean initialising, boolean own) {
        port.phase(initialising, own);
    }

    void initialised(long micros) {
        initMicros = (int) Math.min(Integer.MAX_VALUE, micros);
    }

    /** Writes to the function's log what went wrong: the stack of a throwable, or a line of text. */
    @Override
    public void report(Throwable error, String line) {
        outputs.get(2).println(error == null ? line : StackText.of(error));
    }

    /** Ends the running call, if there is one, as by System.exit. */
    void end(int exitStatus) {
        ending.exit(exitStatus);
    }

    boolean isExiting() {
        return ending.isExiting();
    }

    int exitStatus() {
        return ending.status();
    }

    @Override
    protected long ask(String action, Object value) {
        return calls.ask(action, (JsonElement) value);
    }

    @Override
    protected Object asked(long ticket, int millis) {
        return calls.asked(ticket, millis);
    }

    @Override
    protected void exit(int exitStatus) {
        end(exitStatus);
    }

    @Override
    protected Map<String, String> env() {
        Request now = request;
        return now == null ? funclet.environment().outsideOfCalls() : now.env(funclet.environment());
    }

    @Override
    public int resultLimitBytes() {
        return request.resultLimitBytes();
    }

    @Override
    public String env(String name) {
        Request now = request;
        return now == null ? funclet.environment().outsideOfCalls().get(name) : now.env(funclet.environment(), name);
    }

    @Override
    protected PrintStream enterStream(int stream) {
        PrintStream own = funclet.own().get(stream);
        return own != null && enterOwn(stream) ? own : outputs.get(stream);
    }

    @Override
    protected InputStream enterInput() {
        InputStream own = funclet.own().input();
        return own != null && enterOwn(0) ? own : InputStream.nullInputStream();
    }

    private boolean enterOwn(int stream) {
        if ((inside & 1 << stream) != 0) {
            return false;
        }
        inside |= 1 << stream;
        return true;
    }

    @Override
    protected void leaveStream(int stream) {
        inside &= ~(1 << stream);
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
    protected void setStream(int stream, PrintStream own) {
        funclet.own().set(stream, own);
    }

    @Override
    protected void setInput(InputStream own) {
        funclet.own().setInput(own);
    }

    @Override
    protected ClassLoader systemLoader() {
        return funclet.loader();
    }

    @Override
    protected Pools pools() {
        return funclet == null ? VACANT.pools() : funclet.pools();
    }

    @Override
    protected Budget budget() {
        return funclet == null ? VACANT.budget() : funclet.budget();
    }
}
