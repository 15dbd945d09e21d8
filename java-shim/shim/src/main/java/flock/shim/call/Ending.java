package flock.shim.call;

import flock.boot.Budget;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Whether the call that a lane runs was ended by System.exit. The lane and the function's other threads race here:
 * an exit marks the call that runs at that moment or none, never the next one, and its interrupt stays within it.
 */
final class Ending {
    private static final int IDLE = 0;
    private static final int RUNNING = 1;
    private static final int EXITING = 2;
    private static final VarHandle STATE = stateHandle();

    private volatile int state;
    private int status;
    private Thread lane;
    private Budget owner;

    private static VarHandle stateHandle() {
        try {
            return MethodHandles.lookup().findVarHandle(Ending.class, "state", int.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    void of(Thread lane) {
        this.lane = lane;
    }

    /** On a lane that serves others too: whose call it is. */
    void of(Thread lane, Budget owner) {
        this.lane = lane;
        this.owner = owner;
    }

    boolean isOf(Budget caller) {
        return owner == caller;
    }

    /** Interrupts the call, if it runs and is this one's. */
    synchronized void interrupt(Budget by) {
        if (state == RUNNING && owner == by) {
            lane.interrupt();
        }
    }

    /** After the end: waits until no interrupt is on its way, and takes away one that came. */
    synchronized void settle() {
        Thread.interrupted();
    }

    void begin() {
        STATE.setRelease(this, RUNNING);
    }

    /** Ends the running call so. A second exit of the same call changes nothing. */
    synchronized void exit(int status) {
        if (STATE.compareAndSet(this, RUNNING, EXITING)) {
            this.status = status;
            if (Thread.currentThread() != lane) {
                lane.interrupt();
            }
        }
    }

    boolean isExiting() {
        return state == EXITING;
    }

    synchronized int status() {
        return status;
    }

    /** The call is over; true when an exit ended it. Takes away an interrupt that was meant for it. */
    boolean finish() {
        boolean exited = (int) STATE.getAndSet(this, IDLE) == EXITING;
        if (exited) {
            // The one who marked it holds the lock until its interrupt is done.
            status();
        }
        Thread.interrupted();
        return exited;
    }
}
