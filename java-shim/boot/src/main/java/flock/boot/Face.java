package flock.boot;

import java.io.InputStream;
import java.io.PrintStream;
import java.util.Map;

/**
 * What the gate asks about the one who calls: a lane's seat answers for the lane, the funclet for its other threads.
 *
 * The methods are protected: the gate is in this package, the shim extends the class, and a function that gets
 * hold of a face can call none of them.
 */
public abstract class Face {
    protected Face() {
        Callers.checkHost();
    }

    /**
     * What takes the place of a face where a funclet is no more. Who asks shows that he has the face, or that it is done
     * already: to look at the stack for who calls would allocate, and a full heap must not keep what would empty it.
     */
    static Face replaced(Face now, Face own, Face remains) {
        if (now != own && now != remains) {
            throw new SecurityException("a function cannot end what belongs to the host");
        }
        return remains;
    }

    /** Marks what runs as ended by an exit. The gate throws {@link Exit} afterwards. */
    protected abstract void exit(int status);

    /** The whole environment, unmodifiable. */
    protected abstract Map<String, String> env();

    /** One variable, or null. */
    protected abstract String env(String name);

    /** The stream for stdout (1) or stderr (2): the function's own where it set one and is not inside it already. */
    protected abstract PrintStream enterStream(int stream);

    /** What System.in reads: the function's own input where it set one and is not inside it already. */
    protected abstract InputStream enterInput();

    /** Ends what enterStream or enterInput (stream 0) began with a stream of the function's own. */
    protected abstract void leaveStream(int stream);

    /** Prints a stack trace to stdout (1) or stderr (2). */
    protected abstract void printStackTrace(Throwable error, int stream);

    /** Keeps what the function gave to setOut or setErr; null takes it back. */
    protected abstract void setStream(int stream, PrintStream own);

    /** Keeps what the function gave to setIn. */
    protected abstract void setInput(InputStream own);

    /** The loader that the function takes for the system class loader. */
    protected abstract ClassLoader systemLoader();

    /** The pools of the caller's funclet. */
    protected abstract Pools pools();

    /** What the funclet of the caller may use. */
    protected abstract Budget budget();
}
