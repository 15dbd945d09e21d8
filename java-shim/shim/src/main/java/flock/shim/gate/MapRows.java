package flock.shim.gate;

/** The rows of maps of the JDK that forget nothing, or believe whoever filled them first, and of which each funclet has its own. */
final class MapRows {
    private static final String SIGNED = "com.sun.org.apache.xml.internal.security.parser.XMLParserImpl";
    private static final String OF_SIGNED = "java.xml.crypto";

    static final Row[] ALL = {
        // What a digest makes of nothing, by its name.
        empty("sun.security.rsa.RSAPadding", "emptyHashes"),
        // Whether a class signs by itself, by its name; the JDK has said so of its own.
        copied("java.security.Signature", "signatureInfo"),
        // Who writes the objects of a class, by its name.
        copied("java.beans.MetaData", "internalPersistenceDelegates").inModule("java.desktop"),
        empty("sun.security.krb5.internal.ktab.KeyTab", "map").inModule("java.security.jgss"),
        // They lead to the function's classes, and nothing is ever taken out.
        empty("javax.security.auth.login.LoginContext", "providersCache"),
        empty("javax.management.remote.rmi.RMIConnectorServer", "openedServers").inModule("java.management.rmi"),
        empty("com.sun.jmx.remote.internal.ArrayNotificationBuffer", "mbsToBuffer").inModule("java.management"),
        empty(SIGNED, "DOCUMENT_BUILDERS").inModule(OF_SIGNED),
        empty(SIGNED, "DOCUMENT_BUILDERS_DISALLOW_DOCTYPE").inModule(OF_SIGNED),
    };

    private MapRows() {}

    private static Row empty(String type, String field) {
        return Row.field(type, field, "MapGate.empty");
    }

    private static Row copied(String type, String field) {
        return Row.field(type, field, "MapGate.copied");
    }
}
