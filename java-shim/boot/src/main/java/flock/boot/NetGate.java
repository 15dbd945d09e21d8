package flock.boot;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ProtocolFamily;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Hooks where the JDK connects, sends, binds and listens for a function, and asks for names. What counts is the address
 * that the kernel gets, whatever name it was found by. Refusals are the exceptions of a network that does not let through.
 */
public final class NetGate {
    private NetGate() {}

    private static Policy policy() {
        Face face = Gate.caller();
        return face == null ? null : face.budget().rights().policy();
    }

    private static void check(InetAddress address, int port) throws SocketException {
        Policy policy = address == null ? null : policy();
        if (policy != null && !policy.allows(address, port) && !Callers.isInitialisingJdk()) {
            throw new SocketException("a function cannot connect to " + address.getHostAddress() + " port " + port
                    + "; the operator may allow it with isolation.net-allow");
        }
    }

    public static void connects(ProtocolFamily family, FileDescriptor socket, InetAddress address, int port)
            throws SocketException {
        check(address, port);
    }

    public static void sends(Object channel, FileDescriptor socket, ByteBuffer data, InetSocketAddress to)
            throws SocketException {
        if (to != null) {
            check(to.getAddress(), to.getPort());
        }
    }

    public static void reaches(Object address, NetworkInterface through, int hops, int millis) throws SocketException {
        check((InetAddress) address, 0);
    }

    private static void checkListens(String what) throws SocketException {
        Policy policy = policy();
        if (policy != null && !policy.listens() && !Callers.isInitialisingJdk()) {
            throw new SocketException("a function cannot " + what + "; the operator may allow it with isolation.listen");
        }
    }

    public static void listens(ProtocolFamily family) throws SocketException {
        checkListens("listen");
    }

    public static void listens(ProtocolFamily family, boolean isStream) throws SocketException {
        checkListens("listen");
    }

    /** A port of its own choice is one that others reach, or cannot have. */
    public static void binds(ProtocolFamily family, FileDescriptor socket, InetAddress address, int port)
            throws SocketException {
        if (port != 0) {
            checkListens("bind port " + port);
        }
    }

    public static void joins(FileDescriptor socket, int group, int through, int source) throws SocketException {
        checkListens("join a multicast group");
    }

    public static void joins(FileDescriptor socket, byte[] group, int through, byte[] source) throws SocketException {
        checkListens("join a multicast group");
    }

    /** A socket in the file system is a file that is written. */
    public static void connects(FileDescriptor socket, Path path) throws IOException {
        Face face = Gate.caller();
        if (face != null && path != null && face.budget().rights().place(path.toString(), true) == null) {
            throw new SocketException("a function cannot connect to " + path
                    + "; the operator may allow it with isolation.files-allow");
        }
    }

    public static void binds(FileDescriptor socket, Path path) throws IOException {
        checkListens("listen");
        connects(socket, path);
    }

    /** A question for a name leaves the machine, too. */
    public static void resolves(String name, boolean checks) throws UnknownHostException {
        Policy policy = policy();
        if (policy != null && !policy.resolves() && !Callers.isInitialisingJdk()) {
            throw new UnknownHostException("a function cannot ask for the address of " + name
                    + "; the operator may allow addresses with isolation.net-allow");
        }
    }

    public static void resolves(String name, InetAddress required, boolean checks, boolean usesCache)
            throws UnknownHostException {
        resolves(name, checks);
    }
}
