package flock.shim.stream;

/** Takes whole lines of output, without their newline. */
public interface Lines {
    void line(int stream, byte[] bytes, int offset, int length);
}
