// An exception whose own methods are the attack: the one that `trap` names throws, or answers null.
package hostile.throwing;

import java.io.PrintStream;
import java.io.PrintWriter;

final class Booby extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String trap;

    Booby(String trap, String message) {
        super(message);
        this.trap = trap;
    }

    @Override
    public String toString() {
        if (trap.equals("to-string")) throw new IllegalStateException("toString throws");
        return super.toString();
    }

    @Override
    public String getMessage() {
        if (trap.equals("get-message")) throw new IllegalStateException("getMessage throws");
        return super.getMessage();
    }

    @Override
    public StackTraceElement[] getStackTrace() {
        return trap.equals("no-trace") ? null : super.getStackTrace();
    }

    @Override
    public void printStackTrace(PrintStream out) {
        if (trap.equals("print")) throw new IllegalStateException("printStackTrace throws");
        super.printStackTrace(out);
    }

    @Override
    public void printStackTrace(PrintWriter out) {
        if (trap.equals("print")) throw new IllegalStateException("printStackTrace throws");
        super.printStackTrace(out);
    }
}
