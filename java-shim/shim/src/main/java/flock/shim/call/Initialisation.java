package flock.shim.call;

import flock.boot.Exit;
import flock.boot.Stop;
import flock.shim.convention.Conventions;
import flock.shim.convention.Entry;
import flock.shim.convention.InitFault;
import flock.shim.convention.Target;
import flock.shim.convention.Texts;

/**
 * Loads and initialises a funclet once, on the first lane that asks; others wait for it and get the same end.
 *
 * A failure stays: each later call is answered with it. Waiting is Object.wait and not the monitor, so that the host
 * can stop a lane that waits. When the initialising lane is stopped, those that wait fail too.
 */
final class Initialisation {
    private static final int FRESH = 0;
    private static final int RUNNING = 1;
    private static final int OVER = 2;

    private Target target;
    private int state = FRESH;
    private volatile Entry entry;
    private int failureStatus = Status.INIT_ERROR;
    private String failure;

    Initialisation(Target target) {
        this.target = target;
    }

    /** The way into the function. Null when it failed; then the seat has its answer. */
    Entry await(LaneSeat seat) {
        Entry ready = entry;
        return ready != null ? ready : slowly(seat);
    }

    /** Has the function no object of its own? */
    boolean isStatic() {
        Entry ready = entry;
        return ready != null && ready.isStatic();
    }

    private Entry slowly(LaneSeat seat) {
        seat.phase(true, false);
        if (claim()) {
            seat.phase(true, true);
            long startNanos = System.nanoTime();
            try {
                run(seat);
            } finally {
                settle();
            }
            seat.initialised((System.nanoTime() - startNanos) / 1000);
        }
        seat.phase(false, false);
        Entry ready = entry;
        if (ready == null) {
            synchronized (this) {
                seat.fail(failureStatus, failure);
            }
        }
        return ready;
    }

    /** True when the caller has to initialise; false when it is over. */
    private synchronized boolean claim() {
        while (state == RUNNING) {
            try {
                wait();
            } catch (InterruptedException unloaded) {
                // Only an unload or an exit interrupts a waiting lane; the one who initialises is interrupted as well.
            }
        }
        if (state == OVER) {
            return false;
        }
        state = RUNNING;
        return true;
    }

    private synchronized void settle() {
        if (entry == null && failure == null) {
            failure = Messages.INIT_STOPPED;
        }
        state = OVER;
        target = null;
        notifyAll();
    }

    private void run(LaneSeat seat) {
        Entry bound = null;
        String why = null;
        try {
            bound = Conventions.bind(target);
        } catch (Stop stop) {
            throw stop;
        } catch (Exit exit) {
            seat.end(exit.status());
        } catch (InitFault fault) {
            why = Messages.INITIALISING + fault.getMessage();
            seat.report(fault.getCause(), fault.getMessage());
        } catch (Throwable unforeseen) {
            why = Messages.INITIALISING + Texts.describe(unforeseen);
            seat.report(unforeseen, null);
        }
        if (seat.isExiting()) {
            failed(Status.EXIT, Messages.exit(seat.exitStatus()));
        } else if (bound == null) {
            failed(Status.INIT_ERROR, why);
        } else {
            entry = bound;
        }
    }

    private synchronized void failed(int status, String why) {
        failureStatus = status;
        failure = why;
    }

    /** Nothing waits for a funclet that is closed before its first call. */
    synchronized void close() {
        if (state == FRESH) {
            target = null;
            state = OVER;
            failure = Messages.INIT_STOPPED;
        }
    }
}
