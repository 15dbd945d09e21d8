// Moves the sun and four planets by Newton's law, `steps` steps of 0.01 days: pure computing on doubles, no allocation
// in the loop. The energy of the system before and after tells whether the arithmetic is right.
// Fails, with a clear result, when `steps` is not a whole number from 0 to STEPS_MAX.
package nbody;

import com.google.gson.JsonObject;

public final class NBody {
    private static final int STEPS_MAX = 50_000_000;

    private NBody() {}

    public static JsonObject main(JsonObject args) {
        JsonObject result = new JsonObject();
        int steps = 100_000;
        if (args.has("steps")) {
            try {
                steps = args.get("steps").getAsBigDecimal().intValueExact();
            } catch (RuntimeException notWhole) {
                steps = -1;
            }
            if (steps < 0 || steps > STEPS_MAX) {
                result.addProperty("error", "'steps' must be a whole number from 0 to " + STEPS_MAX);
                return result;
            }
        }
        SolarSystem system = new SolarSystem();
        result.addProperty("steps", steps);
        result.addProperty("energyBefore", system.energy());
        for (int i = 0; i < steps; i++) system.step(0.01);
        result.addProperty("energyAfter", system.energy());
        return result;
    }
}
