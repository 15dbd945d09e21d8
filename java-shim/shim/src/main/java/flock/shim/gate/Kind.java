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
    /** No hook: the handlers of the method do not keep a stop, as those of functions. For loops of the JDK. */
    HANDLERS
}
