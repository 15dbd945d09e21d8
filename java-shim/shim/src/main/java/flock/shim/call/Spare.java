package flock.shim.call;

import flock.boot.Group;
import flock.boot.Lane;
import flock.boot.Port;

/**
 * The thread group and the first lane of a funclet that is not there yet: to make and start a thread takes longer than all
 * else that a small function's first call needs. The lane waits in the host until the funclet is made, with this.
 */
public final class Spare {
    private final Port port;
    private final long funclet;
    private final long lane;
    private final Group group;

    private Spare(Port port, long funclet, long lane) {
        this.port = port;
        this.funclet = funclet;
        this.lane = lane;
        group = Funclet.groupAhead(funclet);
    }

    /** Makes one and starts its lane. */
    public static void start(Port port, long funclet, long lane) {
        Spare spare = port.make(() -> new Spare(port, funclet, lane));
        Lane thread = port.make(() -> spare.new Seat().lane(spare.group));
        thread.start();
    }

    /** The funclet is there: its group is this one. */
    Group board(Funclet owner) {
        group.board(LaneSeat.VACANT, owner);
        return group;
    }

    private final class Seat extends LaneSeat {
        Seat() {
            super(null, Spare.this.port, Spare.this.lane);
        }

        @Override
        protected void serve() {
            Object owner = Spare.this.port.funcletFor(Spare.this.funclet, number, Spare.this);
            if (owner != null) {
                belongTo((Funclet) owner);
                super.serve();
            }
        }
    }
}
