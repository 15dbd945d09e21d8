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

    /** A provider of the JDK is one for all; what a function brings is its own. */
    public static void changesProvider(Object provider) {
        ClassLoader loader = provider.getClass().getClassLoader();
        if ((loader == null || loader == ClassLoader.getPlatformClassLoader()) && Gate.caller() != null
                && Callers.functionAsksForItself()) {
            throw new SecurityException("a function cannot change the security provider "
                    + provider.getClass().getName() + ", which all share; it may add one of its own");
        }
    }
}
