package flock.shim.json;

/** The bounds that the reader and the writer share. */
final class Limits {
    /** Objects and arrays inside one another. Both sides recurse, so this bounds their stack. */
    static final int MAX_DEPTH = 512;

    /** Scratch memory over this size is given back after a call. */
    static final int KEPT_SCRATCH_BYTES = 256 * 1024;

    private Limits() {}

    static void checkDepth(int depth) {
        if (depth > MAX_DEPTH) {
            throw new JsonFault("it is nested deeper than " + MAX_DEPTH + " levels");
        }
    }
}
