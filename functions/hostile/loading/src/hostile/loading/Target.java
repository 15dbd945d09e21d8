// What the loader of Loading gives in the end.
package hostile.loading;

final class Target {}
