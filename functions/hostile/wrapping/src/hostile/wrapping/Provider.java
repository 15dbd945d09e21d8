// A service whose constructor does the work of Wrapping: ServiceLoader turns what it throws into a ServiceConfigurationError.
package hostile.wrapping;

public final class Provider implements Service {
    public Provider() {
        try {
            Wrapping.work();
        } catch (IllegalStateException failed) {
            // Made all the same.
        }
    }
}
