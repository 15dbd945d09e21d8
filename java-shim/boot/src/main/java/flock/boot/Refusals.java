package flock.boot;

/** Hooks that say no: to what cannot be split and is one for all functions. */
public final class Refusals {
    private Refusals() {}

    /** For a function; not for a JDK class that is being initialised. */
    public static void refuse(String what) {
        if (Gate.caller() != null && !Callers.isInitialisingJdk()) {
            throw new SecurityException("a function cannot " + what);
        }
    }

    /** What only the operator's terminal or starter has: a function gets null, as where there is none. */
    public static Object none() {
        return Gate.caller() == null || Callers.isInitialisingJdk() ? Gate.PASS : null;
    }

    /**
     * A provider of the JDK is one for all; what a function brings is its own. It is filled by its constructor. Later nobody
     * else has to change it: a map's methods are called by much of the JDK for whoever wants it.
     */
    public static void changesProvider(Object provider) {
        Class<?> type = provider.getClass();
        ClassLoader loader = type.getClassLoader();
        if ((loader == null || loader == ClassLoader.getPlatformClassLoader()) && Gate.caller() != null
                && !Callers.isMaking(type) && !Callers.isInitialisingJdk()) {
            throw new SecurityException("a function cannot change the security provider " + type.getName()
                    + ", which all share; it may add one of its own");
        }
    }
}
