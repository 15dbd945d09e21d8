package flock.shim.gate;

/** What the inserted code does with the answer of a hook. The hook's return type follows from it. */
enum Kind {
    /** void hook: the method goes on unless the hook throws. */
    GUARD("V"),
    /** boolean hook on a void method: true means done, the method returns. */
    REPLACE("Z"),
    /** Object hook on a method that gives an object: its result, or Gate.PASS to go on. */
    ANSWER("Ljava/lang/Object;");

    final String returns;

    Kind(String returns) {
        this.returns = returns;
    }
}
