// A provider of Greeting, named in META-INF/services.
package hostile.context;

public final class German implements Greeting {
    @Override
    public String text() {
        return "hallo";
    }
}
