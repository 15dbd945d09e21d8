// The service that ServiceLoader is asked for.
package hostile.context;

public interface Greeting {
    String text();
}
