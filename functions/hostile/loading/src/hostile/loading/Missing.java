// Is there for the compiler only: the loader of Loading gives Target in its place.
package hostile.loading;

final class Missing {
    void touch() {}
}
