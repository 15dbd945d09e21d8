package flock.boot;

import java.io.File;
import java.io.FileDescriptor;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.nio.channels.CompletionHandler;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.CopyOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.security.AccessControlContext;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;

/** Hooks where the JDK opens sockets, opens files for writing, and starts processes for a function. */
public final class IoGate {
    private static final int READ_AND_WRITE = 2;
    private static final Set<String> ACCEPT = Set.of("sun.nio.ch.NioSocketImpl.accept");
    private static final int ACCEPT_FRAMES = 8;

    private IoGate() {}

    public static void process(String[] command, Map<String, String> env, String folder,
            ProcessBuilder.Redirect[] redirects, boolean mergesErrors) {
        if (Gate.caller() != null && !Callers.isInitialisingJdk()) {
            throw new UnsupportedOperationException("a function cannot start processes");
        }
    }

    public static void opensSocket() throws SocketException {
        Face face = Gate.caller();
        int limit = face == null ? -1 : face.budget().openSocket();
        if (limit >= 0 && !Callers.isInitialisingJdk()) {
            throw new SocketException("Too many open sockets: the limit of " + limit + " sockets of the action is reached");
        }
    }

    public static void opensSocket(ProtocolFamily family, boolean isStream) throws SocketException {
        opensSocket();
    }

    public static void opensSocket(ProtocolFamily family) throws SocketException {
        opensSocket();
    }

    /** An accept needs room for the socket that it gives. */
    public static void accepts(Object server) throws SocketException {
        opensSocket();
    }

    public static void accepts(Object server, SocketImpl socket) throws SocketException {
        opensSocket();
    }

    public static void accepts(Object server, long nanos) throws SocketException {
        opensSocket();
    }

    public static void accepts(Object server, Object attachment, CompletionHandler<?, ?> handler)
            throws SocketException {
        opensSocket();
    }

    public static void socketMade(FileDescriptor socket) {
        Face face = Gate.caller();
        if (face != null && socket != null && !Callers.isInitialisingJdk()) {
            face.budget().opened(socket);
        }
    }

    public static void accepted(Object server, FileDescriptor socket, SocketAddress peer) {
        socketMade(socket);
    }

    public static void accepted(Object server, FileDescriptor socket, InetSocketAddress peer) {
        socketMade(socket);
    }

    @SuppressWarnings("removal")
    public static void accepted(Object server, FileDescriptor socket, InetSocketAddress peer, AccessControlContext as) {
        socketMade(socket);
    }

    /** Sockets that are made pass here, too; those have been seen already. */
    public static void closerMade(FileDescriptor socket) {
        if (Gate.caller() != null && Callers.passes(ACCEPT, ACCEPT_FRAMES)) {
            socketMade(socket);
        }
    }

    public static void closerMade(FileDescriptor socket, boolean isStream) {
        closerMade(socket);
    }

    /** A selector, a pipe or a group of asynchronous channels takes descriptors as a socket does. */
    public static void opensChannel(SelectorProvider provider) throws SocketException {
        opensSocket();
    }

    public static void opensChannel(AsynchronousChannelProvider provider, Object pool) throws SocketException {
        opensSocket();
    }

    public static void channelMade(Object channel) {
        Face face = Gate.caller();
        if (face != null && !Callers.isInitialisingJdk()) {
            face.budget().opened(channel);
        }
    }

    /** Why no file or folder more may be made under this path; null: it may. */
    static String refusal(String path) {
        Face face = Gate.caller();
        int limit = face == null ? -1 : face.budget().openFile(face.budget().rights().absolute(path));
        return limit < 0 || Callers.isInitialisingJdk() ? null
                : path + " (Too many files: the limit of " + limit + " files and folders of the action is reached)";
    }

    private static void writes(String name) throws FileNotFoundException {
        if (name != null && Gate.caller() != null) {
            String refusal = refusal(name);
            if (refusal != null) {
                throw new FileNotFoundException(refusal);
            }
        }
    }

    public static void opens(Object stream, String name, boolean appends) throws FileNotFoundException {
        writes(name);
    }

    public static void opens(Object file, String name, int mode) throws FileNotFoundException {
        if ((mode & READ_AND_WRITE) != 0) {
            writes(name);
        }
    }

    public static void creates(Object file) throws IOException {
        writes(((File) file).getPath());
    }

    private static void writes(Path path) throws IOException {
        if (path != null && Gate.caller() != null) {
            String refusal = refusal(path.toString());
            if (refusal != null) {
                throw new IOException(refusal);
            }
        }
    }

    public static void writes(Object provider, Path from, Path to, CopyOption[] options) throws IOException {
        writes(to);
    }

    /** The options are copied: a set of the function's own could say something else when it is asked again. */
    public static Set<? extends OpenOption> opens(Object provider, Path path, Set<? extends OpenOption> options,
            FileAttribute<?>[] attributes) throws IOException {
        if (options == null || Gate.caller() == null) {
            return options;
        }
        Set<? extends OpenOption> copy = Set.copyOf(options);
        if (copy.contains(StandardOpenOption.WRITE) || copy.contains(StandardOpenOption.APPEND)) {
            writes(path);
        }
        return copy;
    }

    public static Set<? extends OpenOption> opens(Object provider, Path path, Set<? extends OpenOption> options,
            ExecutorService executor, FileAttribute<?>[] attributes) throws IOException {
        return opens(provider, path, options, attributes);
    }
}
