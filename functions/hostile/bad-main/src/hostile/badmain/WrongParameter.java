// Its main takes the arguments of a command line.
package hostile.badmain;

public final class WrongParameter {
    private WrongParameter() {}

    public static void main(String[] args) {
        System.out.println(args.length);
    }
}
