package flock.shim.rewrite;

import org.objectweb.asm.ClassReader;

/**
 * What a class will cost the JVM's verifier. For each frame of a method it makes and compares an array of all locals, in memory of
 * its own and without a place to be stopped at; the one for old class files does so for instructions. So a file of 150 KB
 * with a method of 60,000 locals held the whole JVM for seconds and took gigabytes.
 *
 * A class may cost as much as its size lets expect, and a basic amount.
 */
final class VerifierCost {
    private static final int BASIC = 1 << 20;
    /** A method of a compiler has a frame for some ten bytes and seldom more than some hundred locals. */
    private static final int FOR_EACH_BYTE = 128;
    /** Up to this one the verifier that looks at instructions may be used. */
    private static final int OLD_MAJOR = 50;
    private static final int BYTES_OF_INSTRUCTION = 4;

    private static final int MEMBER_BYTES = 6;
    private static final int ATTRIBUTE_BYTES = 6;
    private static final int HANDLER_BYTES = 8;

    private final ClassReader reader;
    private final char[] buffer;
    private final boolean isOld;
    private long cost;

    private VerifierCost(ClassReader reader) {
        this.reader = reader;
        buffer = new char[reader.getMaxStringLength()];
        isOld = reader.readUnsignedShort(6) <= OLD_MAJOR;
    }

    /** Refuses a class that costs too much. */
    static void check(ClassReader reader, int fileBytes, String name) throws RewriteFault {
        VerifierCost all = new VerifierCost(reader);
        int interfacesAt = reader.header + MEMBER_BYTES;
        int fieldsAt = interfacesAt + 2 + 2 * reader.readUnsignedShort(interfacesAt);
        all.members(all.members(fieldsAt));
        long most = BASIC + (long) FOR_EACH_BYTE * fileBytes;
        if (all.cost > most) {
            throw new RewriteFault("the class " + name + " would take the JVM too long to verify: frames times locals are " + all.cost
                    + ", and may be " + most + " for a file of " + fileBytes + " bytes", false);
        }
    }

    /** Gives where they end. */
    private int members(int from) {
        int at = from + 2;
        for (int left = reader.readUnsignedShort(from); left > 0; left--) {
            int attributes = reader.readUnsignedShort(at + MEMBER_BYTES);
            at += MEMBER_BYTES + 2;
            for (; attributes > 0; attributes--) {
                if (isCalled(at, "Code")) {
                    code(at + ATTRIBUTE_BYTES);
                }
                at = after(at);
            }
        }
        return at;
    }

    private void code(int from) {
        long slots = reader.readUnsignedShort(from) + reader.readUnsignedShort(from + 2);
        int codeBytes = reader.readInt(from + 4);
        if (isOld) {
            cost += slots * (codeBytes / BYTES_OF_INSTRUCTION);
        }
        int at = from + 8 + codeBytes;
        at += 2 + HANDLER_BYTES * reader.readUnsignedShort(at);
        int attributes = reader.readUnsignedShort(at);
        at += 2;
        for (; attributes > 0; attributes--) {
            if (isCalled(at, "StackMapTable")) {
                cost += slots * reader.readUnsignedShort(at + ATTRIBUTE_BYTES);
            }
            at = after(at);
        }
    }

    private boolean isCalled(int attribute, String name) {
        return name.equals(reader.readUTF8(attribute, buffer));
    }

    private int after(int attribute) {
        int bytes = reader.readInt(attribute + 2);
        if (bytes < 0) {
            throw new IndexOutOfBoundsException("an attribute is longer than the file");
        }
        return attribute + ATTRIBUTE_BYTES + bytes;
    }
}
