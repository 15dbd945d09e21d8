// Has its main from the class above it only. OpenWhisk refuses that.
package hostile.badmain;

public final class Inherited extends Right {}
