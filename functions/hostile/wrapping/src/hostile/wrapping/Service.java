// What the ServiceLoader variant of Wrapping asks for; its one provider is Provider.
package hostile.wrapping;

public interface Service {}
