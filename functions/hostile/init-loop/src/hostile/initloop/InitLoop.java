// Its initialiser spins for a long time: 600 seconds, so that no caller waits for ever should a host not stop it.
package hostile.initloop;

import com.google.gson.JsonObject;

public final class InitLoop {
    static {
        long endNanos = System.nanoTime() + 600_000_000_000L;
        while (System.nanoTime() < endNanos) Thread.onSpinWait();
    }

    private InitLoop() {}

    public static JsonObject main(JsonObject args) {
        return args;
    }
}
