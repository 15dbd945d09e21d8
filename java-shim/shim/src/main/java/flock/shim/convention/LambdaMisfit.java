package flock.shim.convention;

/** A payload or a result that does not fit the function's types, or is no JSON. */
final class LambdaMisfit extends RuntimeException {
    LambdaMisfit(String message) {
        super(message, null, false, false);
    }
}
