// Takes 400 ms to be initialised: calls that come meanwhile must wait for it and not initialise it again.
package hostile.staticinit;

import com.google.gson.JsonObject;

public final class StaticInitSlow {
    private static final long INITIALISED_NANOS = slow();

    private StaticInitSlow() {}

    private static long slow() {
        System.out.println("initialising");
        try {
            Thread.sleep(400);
        } catch (InterruptedException stopped) {
            throw new IllegalStateException(stopped);
        }
        return System.nanoTime();
    }

    public static JsonObject main(JsonObject args) {
        args.addProperty("initialisedNanos", INITIALISED_NANOS);
        return args;
    }
}
