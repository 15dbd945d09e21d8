package flock.boot;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the operator allows to the functions of one namespace or action: files besides their own folder, addresses, and
 * whether they may listen. Made from the text that the host gives, one right a line:
 *
 *   read PATH | write PATH | net public|private|loopback|BYTES/BITS PORT | listen
 *
 * Funclets with the same text share one object.
 */
public final class Policy {
    /** Nothing is looked at: for the host's own warm-up, which runs no code of others. */
    public static final Policy OPEN = new Policy("", true);
    private static final int ANY_PORT = 0;
    private static final int TEXTS_MAX = 1024;
    private static final Map<String, Policy> KNOWN = new ConcurrentHashMap<>();

    private final boolean isOpen;
    private final List<String> readable = new ArrayList<>();
    private final List<String> writable = new ArrayList<>();
    private final List<Net> nets = new ArrayList<>();
    private boolean listens;

    private Policy(String text, boolean isOpen) {
        this.isOpen = isOpen;
        listens = isOpen;
        for (String line : text.split("\n")) {
            String[] words = line.split(" ", 2);
            switch (words[0]) {
                case "read":
                    readable.add(words[1]);
                    break;
                case "write":
                    writable.add(words[1]);
                    break;
                case "net":
                    nets.add(new Net(words[1].split(" ")));
                    break;
                case "listen":
                    listens = true;
                    break;
                default:
                    break;
            }
        }
    }

    /** The policy of this text. */
    public static Policy of(String text) {
        Policy known = KNOWN.get(text);
        if (known != null) {
            return known;
        }
        Policy made = new Policy(text, false);
        if (KNOWN.size() < TEXTS_MAX) {
            KNOWN.put(text, made);
        }
        return made;
    }

    boolean isOpen() {
        return isOpen;
    }

    /** Is the clean, absolute path in a folder that the operator allows? */
    boolean allows(String path, boolean writes) {
        return isIn(writable, path) || !writes && isIn(readable, path);
    }

    private static boolean isIn(List<String> roots, String path) {
        for (String root : roots) {
            if (isIn(root, path)) {
                return true;
            }
        }
        return false;
    }

    /** Is the path this folder or file, or in it? */
    static boolean isIn(String root, String path) {
        return root.equals("/") || path.startsWith(root)
                && (path.length() == root.length() || path.charAt(root.length()) == '/');
    }

    boolean listens() {
        return listens;
    }

    /** May names be asked for? Only who may connect to anything. */
    boolean resolves() {
        return isOpen || !nets.isEmpty();
    }

    boolean allows(InetAddress address, int port) {
        if (isOpen) {
            return true;
        }
        InetAddress plain = Addresses.plain(address);
        String kind = null;
        for (Net net : nets) {
            if (net.port != ANY_PORT && net.port != port) {
                continue;
            }
            if (net.bytes != null ? Addresses.isIn(plain.getAddress(), net.bytes, net.bits) : false) {
                return true;
            }
            if (net.kind != null) {
                kind = kind == null ? Addresses.kind(plain) : kind;
                if (net.kind.equals(kind)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** One line that begins with `net`. */
    private static final class Net {
        private final String kind;
        private final byte[] bytes;
        private final int bits;
        private final int port;

        Net(String[] words) {
            port = words.length > 1 ? Integer.parseInt(words[1]) : ANY_PORT;
            int slash = words[0].indexOf('/');
            if (slash < 0) {
                kind = words[0];
                bytes = null;
                bits = 0;
                return;
            }
            kind = null;
            bits = Integer.parseInt(words[0].substring(slash + 1));
            String hex = words[0].substring(0, slash);
            bytes = new byte[hex.length() / 2];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
            }
        }
    }

    /** What kinds of addresses there are. */
    static final class Addresses {
        private static final int V4_BYTES = 4;
        /** Networks that are no public ones, though the JDK has no name for them: first bytes, bits. */
        private static final int[][] CLOSED = {{0, 0, 0, 0, 8}, {10, 0, 0, 0, 8}, {100, 64, 0, 0, 10},
            {172, 16, 0, 0, 12}, {192, 0, 0, 0, 24}, {192, 168, 0, 0, 16}, {198, 18, 0, 0, 15},
            {168, 63, 129, 16, 32}, {224, 0, 0, 0, 3}};

        private Addresses() {}

        /** An IPv4 address that is wrapped in an IPv6 one (mapped, compatible, NAT64, 6to4) as such. */
        static InetAddress plain(InetAddress address) {
            byte[] all = address.getAddress();
            if (all.length == V4_BYTES) {
                return address;
            }
            int at = -1;
            if (isIn(all, new byte[] {0, 0x64, (byte) 0xff, (byte) 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}, 96)) {
                at = 12;
            } else if (isIn(all, new byte[10], 80) && (all[10] == all[11]) && (all[10] == 0 || all[10] == -1)) {
                // ::1 and :: are their own.
                at = all[10] == 0 && all[12] == 0 && all[13] == 0 && all[14] == 0 ? -1 : 12;
            } else if (all[0] == 0x20 && all[1] == 2) {
                at = 2;
            }
            if (at < 0) {
                return address;
            }
            try {
                return InetAddress.getByAddress(new byte[] {all[at], all[at + 1], all[at + 2], all[at + 3]});
            } catch (UnknownHostException impossible) {
                return address;
            }
        }

        /** loopback (this machine), private (what is not for the world, metadata services too) or public. */
        static String kind(InetAddress address) {
            if (address.isLoopbackAddress() || address.isAnyLocalAddress() || isOfThisMachine(address)) {
                return "loopback";
            }
            return isClosed(address) ? "private" : "public";
        }

        private static boolean isClosed(InetAddress address) {
            if (address.isLinkLocalAddress() || address.isSiteLocalAddress() || address.isMulticastAddress()) {
                return true;
            }
            byte[] all = address.getAddress();
            if (!(address instanceof Inet4Address)) {
                // Unique local ones, Teredo, which can lead anywhere, and all that is not global unicast.
                return (all[0] & 0xe0) != 0x20 || all[0] == 0x20 && all[1] == 1 && all[2] == 0 && all[3] == 0;
            }
            for (int[] net : CLOSED) {
                byte[] start = {(byte) net[0], (byte) net[1], (byte) net[2], (byte) net[3]};
                if (isIn(all, start, net[4])) {
                    return true;
                }
            }
            return false;
        }

        private static boolean isOfThisMachine(InetAddress address) {
            try {
                return NetworkInterface.getByInetAddress(address) != null;
            } catch (SocketException unknown) {
                return false;
            }
        }

        static boolean isIn(byte[] address, byte[] net, int bits) {
            if (bits > address.length * 8 || net.length * 8 < bits || address.length == V4_BYTES != (net.length == V4_BYTES)) {
                return false;
            }
            for (int bit = 0; bit < bits; bit++) {
                int mask = 0x80 >> (bit & 7);
                if ((address[bit >> 3] & mask) != (net[bit >> 3] & mask)) {
                    return false;
                }
            }
            return true;
        }
    }
}
