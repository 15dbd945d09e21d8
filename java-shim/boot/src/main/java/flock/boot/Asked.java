package flock.boot;

import com.google.gson.JsonElement;
import flock.CallFailed;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A call that a function has begun from Java. It waits in short turns, so that the host can stop the lane between them.
 */
public final class Asked implements Future<JsonElement> {
    private static final int TURN_MILLIS = 2;

    private final Seat seat;
    private final long ticket;
    private JsonElement result;
    private CallFailed failure;

    Asked(Seat seat, long ticket) {
        this.seat = seat;
        this.ticket = ticket;
    }

    /** Waits for the end. */
    public JsonElement join() {
        while (!look(TURN_MILLIS)) {
            // The host stops a lane that is over its time.
        }
        if (failure != null) {
            throw failure;
        }
        return result;
    }

    @Override
    public JsonElement get() throws InterruptedException, ExecutionException {
        while (!look(TURN_MILLIS)) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
        return outcome();
    }

    @Override
    public JsonElement get(long timeout, TimeUnit unit)
            throws InterruptedException, ExecutionException, TimeoutException {
        long end = System.nanoTime() + unit.toNanos(timeout);
        while (!look(TURN_MILLIS)) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (System.nanoTime() - end >= 0) {
                throw new TimeoutException();
            }
        }
        return outcome();
    }

    private JsonElement outcome() throws ExecutionException {
        if (failure != null) {
            throw new ExecutionException(failure);
        }
        return result;
    }

    /** Is it over, after at most so long? */
    private boolean look(int millis) {
        if (result == null && failure == null) {
            if (Thread.currentThread() instanceof Lane && ((Lane) Thread.currentThread()).seat == seat) {
                Object end = seat.asked(ticket, millis);
                if (end instanceof CallFailed) {
                    failure = (CallFailed) end;
                } else {
                    result = (JsonElement) end;
                }
            } else {
                throw new IllegalStateException("only the thread that began a call can wait for it");
            }
        }
        return result != null || failure != null;
    }

    @Override
    public boolean isDone() {
        return look(0);
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
        return false;
    }

    @Override
    public boolean isCancelled() {
        return false;
    }
}
