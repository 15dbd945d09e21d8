// The five heavy bodies of the solar system: places in astronomical units, speeds in units a day, masses in suns.
// The start is a plain picture of it: circular orbits in one plane, spread by 72 degrees, so that no table of
// measured places is needed. Kept in arrays, one a coordinate.
// Fails never.
package nbody;

final class SolarSystem {
    /** Newton's constant in units^3 / (sun day^2): the square of the Gaussian gravitational constant. */
    private static final double G = 0.01720209895 * 0.01720209895;
    private static final double[] RADIUS = {0, 5.2, 9.58, 19.2, 30.1};
    private static final double[] MASS = {1, 9.548e-4, 2.859e-4, 4.366e-5, 5.151e-5};

    private final double[] x = new double[MASS.length];
    private final double[] y = new double[MASS.length];
    private final double[] vx = new double[MASS.length];
    private final double[] vy = new double[MASS.length];

    SolarSystem() {
        for (int i = 1; i < MASS.length; i++) {
            double angle = StrictMath.toRadians(72.0 * i);
            double speed = Math.sqrt(G * MASS[0] / RADIUS[i]);
            x[i] = RADIUS[i] * StrictMath.cos(angle);
            y[i] = RADIUS[i] * StrictMath.sin(angle);
            vx[i] = -speed * StrictMath.sin(angle);
            vy[i] = speed * StrictMath.cos(angle);
            vx[0] -= vx[i] * MASS[i] / MASS[0];
            vy[0] -= vy[i] * MASS[i] / MASS[0];
        }
    }

    /** One step of the semi-implicit Euler method, which keeps the energy within a small band. */
    void step(double days) {
        for (int i = 0; i < MASS.length; i++) {
            for (int j = i + 1; j < MASS.length; j++) {
                double dx = x[i] - x[j];
                double dy = y[i] - y[j];
                double square = dx * dx + dy * dy;
                double pull = G * days / (square * Math.sqrt(square));
                vx[i] -= dx * MASS[j] * pull;
                vy[i] -= dy * MASS[j] * pull;
                vx[j] += dx * MASS[i] * pull;
                vy[j] += dy * MASS[i] * pull;
            }
        }
        for (int i = 0; i < MASS.length; i++) {
            x[i] += days * vx[i];
            y[i] += days * vy[i];
        }
    }

    double energy() {
        double energy = 0;
        for (int i = 0; i < MASS.length; i++) {
            energy += 0.5 * MASS[i] * (vx[i] * vx[i] + vy[i] * vy[i]);
            for (int j = i + 1; j < MASS.length; j++) {
                double dx = x[i] - x[j];
                double dy = y[i] - y[j];
                energy -= G * MASS[i] * MASS[j] / Math.sqrt(dx * dx + dy * dy);
            }
        }
        return energy;
    }
}
