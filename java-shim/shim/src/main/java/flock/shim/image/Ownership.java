package flock.shim.image;

/** Who else may lead to a value that code was given or gave, beyond the end of the call. */
public enum Ownership {
    /** Something that lives on, as far as can be proved. */
    KEPT,
    /** Nobody; but one part of it may stand in two places, which text cannot say. */
    JOINED,
    /** Nobody, and it is a tree if what came in was one. */
    SOLE
}
