package flock.shim.gate;

/**
 * The whole gate: which JDK method asks which hook. A new rule is a row here and a method in flock.boot.Gate.
 *
 * Each class in the table costs start-up time, for it is transformed once when the JVM starts; a row more in a class
 * that is here already costs next to nothing. A row that matches no method of the running JDK stops the start.
 */
final class Table {
    private static final String OBJECT_OF_STRING = "(Ljava/lang/String;)Ljava/lang/String;";

    static final Row[] ROWS = {
        new Row(Runtime.class, "exit", "(I)V", Kind.GUARD, "exit"),
        new Row(Runtime.class, "halt", "(I)V", Kind.GUARD, "exit"),
        new Row(System.class, "getenv", "()Ljava/util/Map;", Kind.ANSWER, "getenv"),
        new Row(System.class, "getenv", OBJECT_OF_STRING, Kind.ANSWER, "getenv"),
        new Row(System.class, "setOut", "(Ljava/io/PrintStream;)V", Kind.REPLACE, "setOut"),
        new Row(System.class, "setErr", "(Ljava/io/PrintStream;)V", Kind.REPLACE, "setErr"),
        new Row(System.class, "setIn", "(Ljava/io/InputStream;)V", Kind.REPLACE, "setIn"),
        new Row(Throwable.class, "printStackTrace", "(Ljava/io/PrintStream;)V", Kind.REPLACE, "printStackTrace"),
        // Without it a function finds the shim through the loader of the host's class path.
        new Row(ClassLoader.class, "getSystemClassLoader", "()Ljava/lang/ClassLoader;", Kind.ANSWER, "systemLoader"),
    };

    private Table() {}
}
