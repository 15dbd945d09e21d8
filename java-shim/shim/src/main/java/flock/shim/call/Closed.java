package flock.shim.call;

import flock.boot.Budget;
import flock.boot.Face;
import flock.boot.Pools;
import flock.shim.stream.LineStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Map;

/** The face of threads that outlive their funclet: no environment, no input, output to nowhere, a closed budget. */
final class Closed extends Face {
    private final Budget budget;
    private final Pools pools = new Pools(ClassLoader.getPlatformClassLoader());

    Closed(Budget budget) {
        this.budget = budget;
        pools.close();
    }

    @Override
    protected void exit(int status) {}

    @Override
    protected Map<String, String> env() {
        return Map.of();
    }

    @Override
    protected String env(String name) {
        return null;
    }

    @Override
    protected PrintStream enterStream(int stream) {
        return new LineStream(stream, (to, bytes, offset, length) -> {});
    }

    @Override
    protected InputStream enterInput() {
        return InputStream.nullInputStream();
    }

    @Override
    protected void leaveStream(int stream) {}

    @Override
    protected void printStackTrace(Throwable error, int stream) {}

    @Override
    protected void setStream(int stream, PrintStream own) {}

    @Override
    protected void setInput(InputStream own) {}

    @Override
    protected ClassLoader systemLoader() {
        return ClassLoader.getPlatformClassLoader();
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
