// A provider of Greeting, named in META-INF/services.
package hostile.context;

public final class English implements Greeting {
    @Override
    public String text() {
        return "hello";
    }
}
