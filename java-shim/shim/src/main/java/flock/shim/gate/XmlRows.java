package flock.shim.gate;

import static flock.shim.gate.Kind.REPLACE;

/** The rows of what XML code pools for all, and of what it counts. */
final class XmlRows {
    private static final String TEXT = "Ljava/lang/String;";
    private static final String MODULE = "java.xml";
    private static final String DOCUMENTS = "com.sun.org.apache.xerces.internal.dom.CoreDOMImplementationImpl";
    private static final String UTILS = "com.sun.org.apache.xml.internal.utils.";

    static final Row[] ALL = {
        Row.of(DOCUMENTS, "releaseValidator", TEXT + TEXT + "Lcom/sun/org/apache/xerces/internal/impl/RevalidationHandler;",
                REPLACE, "XmlGate.drops").inModule(MODULE),
        Row.of(DOCUMENTS, "releaseDTDLoader", TEXT + "Lcom/sun/org/apache/xerces/internal/impl/dtd/XMLDTDLoader;",
                REPLACE, "XmlGate.drops").inModule(MODULE),
        Row.of(UTILS + "StringBufferPool", "free", "Lcom/sun/org/apache/xml/internal/utils/FastStringBuffer;", REPLACE,
                "XmlGate.dropsText").inModule(MODULE),
        Row.field("com.sun.org.apache.xerces.internal.dom.LCount", "lCounts", "XmlGate.listeners").inModule(MODULE),
        Row.field(UTILS + "XMLReaderManager", "m_singletonManager", "TraceGate.xmlReaders").inModule(MODULE),
    };

    private XmlRows() {}
}
