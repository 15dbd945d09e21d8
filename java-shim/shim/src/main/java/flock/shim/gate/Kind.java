package flock.shim.gate;

/** What the inserted code does with the answer of a hook. */
enum Kind {
    /** void hook: the method goes on unless the hook throws. */
    GUARD,
    /** boolean hook on a void or boolean method: true means done, the method returns (true). */
    REPLACE,
    /** Object hook on a method that gives an object: its result, or Gate.PASS to go on. */
    ANSWER,
    /** The hook's result takes the place of one argument. */
    FILTER,
    /** On defineClass(name, bytes, offset, length, domain): a class file in the place of the middle three. */
    CLASS_FILE,
    /** void hook on each return: gets the result, or the object that a constructor has made. */
    AFTER,
    /** The same, and the arguments. */
    AFTER_WITH_ARGUMENTS,
    /** void hook that gets the receiver and nothing else. */
    RECEIVER,
    /** The hook's result takes the place of the receiver. */
    SELF,
    /** On a field: the hook's result takes the place of what methods of the class read there. */
    FIELD,
    /** No hook of its own: refused to functions, with the row's text. */
    REFUSE,
    /** A setter whose (first) argument is kept for the funclet under the row's text. */
    OWN_SET,
    /** A getter that gives what is kept under the row's text. */
    OWN_GET,
    /** No hook: the handlers of the method do not keep a stop, as those of functions. For loops of the JDK. */
    HANDLERS;

    /** Does the row name a method of flock.boot? */
    boolean hasHook() {
        return this != REFUSE && this != OWN_SET && this != OWN_GET && this != HANDLERS;
    }
}
