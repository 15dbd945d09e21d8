package flock.shim.call;

import flock.boot.Budget;
import flock.boot.Port;
import flock.boot.Rights;
import flock.shim.rewrite.RewriteFault;
import flock.shim.rewrite.Rewriter;

/** The budget of one funclet. It outlives the funclet in the threads that do, so it must not refer to it. */
final class Allowance extends Budget {
    Allowance(Port port, long funclet, Rights rights) {
        super(port, funclet, rights);
    }

    void mark() {
        condemn();
    }

    void unmark() {
        bury();
    }

    void end() {
        close();
    }

    @Override
    protected byte[] rewrite(byte[] classFile) {
        try {
            return Rewriter.rewrite(classFile);
        } catch (RewriteFault fault) {
            throw new ClassFormatError(fault.getMessage());
        }
    }
}
