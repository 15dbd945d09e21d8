package flock.shim.convention;

/** The table of conventions, asked in this order. OpenWhisk's says what is wrong with a main that no later one knows. */
public final class Conventions {
    private static final Convention[] ROWS = {
        new Lambda(),
        new Functional(),
        new OpenWhisk(),
        new MapMain(),
    };

    private Conventions() {}

    public static Entry bind(Target target) throws InitFault {
        for (Convention row : ROWS) {
            Entry entry = row.bind(target);
            if (entry != null) {
                return entry;
            }
        }
        throw new InitFault("no convention knows a main like '" + target.main() + "'", null);
    }
}
