package flock.shim.bean;

/** A value that does not fit its type, or a type that has no JSON. Its message is for the function's author. */
public final class BeanFault extends RuntimeException {
    BeanFault(String message) {
        super(message, null, false, false);
    }

    /** The same fault, inside of this member or element. */
    BeanFault in(String where) {
        String message = getMessage();
        return new BeanFault(message.startsWith("[") || message.startsWith(".") ? where + message : where + ": " + message);
    }
}
