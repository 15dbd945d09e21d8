package flock.shim.rewrite;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.InsnList;
import org.objectweb.asm.tree.InsnNode;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TryCatchBlockNode;

/**
 * Puts a check at the head of each handler of a method, and sees to it that a stop leaves the method.
 *
 * Each handler has a zone of its own in which a throw must lead outwards: the check, or all of a monitor-exit handler, which has
 * no check because it has to release its monitor. Handlers are ordered as the table first names them, inner before
 * outer. A range may cover the zone of a handler only if its own handler comes later: so no two handlers can throw a
 * stop to and fro, whatever the bytecode is. What compilers write loses nothing by it but ranges that cover their own
 * handler. Then each range loses the places from which the JVM does not expect a throw, see {@link Edges}.
 */
final class Handlers {
    private static final int RANGES_MAX = 65_535;

    private final MethodNode method;
    /** Zones by their handler, in the order of the table. */
    private final Map<LabelNode, Zone> zones = new LinkedHashMap<>();
    private final Map<Integer, Zone> zonesByHead = new LinkedHashMap<>();
    /** The first instruction of each handler. */
    private final Set<AbstractInsnNode> heads = new HashSet<>();

    Handlers(MethodNode method) {
        this.method = method;
    }

    void check() {
        Places before = new Places(method);
        for (TryCatchBlockNode block : method.tryCatchBlocks) {
            heads.add(firstOf(block.handler));
        }
        for (TryCatchBlockNode block : method.tryCatchBlocks) {
            before.of(block.start);
            before.of(block.end);
            if (!zones.containsKey(block.handler)) {
                // Two labels can stand at one instruction; it is one handler then.
                int head = before.of(block.handler);
                Zone zone = zonesByHead.get(head);
                if (zone == null) {
                    zone = makeZone(block.handler, zonesByHead.size());
                    zonesByHead.put(head, zone);
                }
                zones.put(block.handler, zone);
            }
        }
        method.maxStack = Math.max(method.maxStack, 2);
        cut(new Places(method));
    }

    private Zone makeZone(LabelNode handler, int order) {
        AbstractInsnNode first = firstOf(handler);
        LabelNode end = new LabelNode();
        AbstractInsnNode athrow = MonitorExit.endOf(first, heads);
        if (athrow != null) {
            method.instructions.insert(athrow, end);
        } else {
            InsnList check = new InsnList();
            check.add(new InsnNode(Opcodes.DUP));
            check.add(new MethodInsnNode(Opcodes.INVOKESTATIC, ArrayGuards.GUARD, "caught",
                    "(Ljava/lang/Object;)V", false));
            check.add(end);
            method.instructions.insertBefore(first, check);
        }
        return new Zone(handler, end, order);
    }

    private static AbstractInsnNode firstOf(LabelNode handler) {
        AbstractInsnNode at = handler;
        while (at != null && at.getOpcode() < 0) {
            at = at.getNext();
        }
        if (at == null) {
            throw new IllegalArgumentException("an exception handler is not at an instruction");
        }
        return at;
    }

    /** Takes the zones out of the ranges that must not cover them, and places without an edge. The order of the table stays. */
    private void cut(Places places) {
        Zone[] sorted = zonesByHead.values().toArray(new Zone[0]);
        for (Zone zone : sorted) {
            zone.place(places);
        }
        Arrays.sort(sorted);
        Edges edges = new Edges(method);
        List<TryCatchBlockNode> table = new ArrayList<>(method.tryCatchBlocks.size());
        for (TryCatchBlockNode block : method.tryCatchBlocks) {
            int order = zones.get(block.handler).order;
            int start = places.of(block.start);
            int end = places.of(block.end);
            for (int i = Zone.firstEndingAfter(sorted, start); i < sorted.length && sorted[i].startPlace < end; i++) {
                if (sorted[i].order >= order) {
                    keep(block, start, sorted[i].startPlace, edges, table);
                    start = sorted[i].endPlace;
                }
            }
            keep(block, start, end, edges, table);
        }
        method.tryCatchBlocks = table;
    }

    /** Adds what the range keeps of these places. */
    private static void keep(TryCatchBlockNode block, int start, int end, Edges edges, List<TryCatchBlockNode> table) {
        for (int from = edges.next(true, start, start, end); from < end;) {
            int to = edges.next(false, from, start, end);
            table.add(piece(block, edges.labelAt(from), edges.labelAt(to)));
            if (table.size() > RANGES_MAX) {
                throw new IllegalArgumentException("too many exception ranges");
            }
            from = edges.next(true, to, start, end);
        }
    }

    private static TryCatchBlockNode piece(TryCatchBlockNode whole, LabelNode start, LabelNode end) {
        TryCatchBlockNode piece = new TryCatchBlockNode(start, end, whole.handler, whole.type);
        piece.visibleTypeAnnotations = whole.visibleTypeAnnotations;
        piece.invisibleTypeAnnotations = whole.invisibleTypeAnnotations;
        return piece;
    }

    /** Where a label stands, as the number of instructions before it. A label outside of the code is a fault. */
    private static final class Places {
        private final Map<LabelNode, Integer> places = new HashMap<>();

        Places(MethodNode method) {
            int place = 0;
            for (AbstractInsnNode at = method.instructions.getFirst(); at != null; at = at.getNext()) {
                if (at instanceof LabelNode) {
                    places.put((LabelNode) at, place);
                } else if (at.getOpcode() >= 0) {
                    place++;
                }
            }
        }

        int of(LabelNode label) {
            Integer place = places.get(label);
            if (place == null) {
                throw new IllegalArgumentException("an exception range does not begin or end at an instruction");
            }
            return place;
        }
    }

    private static final class Zone implements Comparable<Zone> {
        final LabelNode start;
        final LabelNode end;
        final int order;
        int startPlace;
        int endPlace;

        Zone(LabelNode start, LabelNode end, int order) {
            this.start = start;
            this.end = end;
            this.order = order;
        }

        void place(Places places) {
            startPlace = places.of(start);
            endPlace = places.of(end);
        }

        @Override
        public int compareTo(Zone other) {
            return Integer.compare(startPlace, other.startPlace);
        }

        /** The first zone that a range from this place on can touch. */
        static int firstEndingAfter(Zone[] sorted, int place) {
            int low = 0;
            int high = sorted.length;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (sorted[middle].endPlace <= place) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }
    }
}
