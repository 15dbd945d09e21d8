package flock.shim.call;

import flock.boot.Budget;
import flock.boot.Policy;
import flock.boot.Port;
import flock.boot.Rights;
import flock.shim.rewrite.RewriteFault;
import flock.shim.rewrite.Rewriter;

/** The budget of one funclet. It outlives the funclet in the threads that do, so it must not refer to it. */
final class Allowance extends Budget {
    Allowance(Port port, long funclet, Rights rights) {
        super(port, funclet, rights);
    }

    /** Of nobody: it grants nothing. */
    static Allowance closed() {
        Allowance closed = new Allowance(null, 0, new Rights(null, Policy.of("")));
        closed.end(true);
        return closed;
    }

    void mark() {
        condemn();
    }

    void unmark() {
        bury();
    }

    void end(boolean isDeserted) {
        close(isDeserted);
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
