// Names a class that the loader of Loading takes for ever to find: the JVM asks for it when it links this one's method.
package hostile.loading;

public final class Linked implements Runnable {
    public Linked() {}

    @Override
    public void run() {
        try {
            new Missing().touch();
        } catch (LinkageError found) {
            // The bound: the loader answers with another class.
        }
    }
}
