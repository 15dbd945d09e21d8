package flock.boot;

import java.util.ArrayList;
import java.util.List;
import javax.management.MBeanServer;
import javax.management.MBeanServerFactory;

/** Hooks of JMX: each funclet has an MBean server of its own in the place of the platform's, and finds only its own. */
public final class BeanGate {
    private static final String PLATFORM = "platform server";
    private static final String SERVERS = "servers";

    private BeanGate() {}

    public static Object platform() {
        Face face = Gate.caller();
        if (face == null || Callers.isInitialisingJdk()) {
            return Gate.PASS;
        }
        Object server = face.budget().own().value(PLATFORM);
        return server != null ? server : face.budget().own().keep(PLATFORM, MBeanServerFactory.newMBeanServer("flock"));
    }

    /** The list of all servers keeps none of a function's. */
    public static boolean adds(Object server) {
        Face face = Gate.caller();
        if (face == null) {
            return false;
        }
        List<MBeanServer> own = servers(face);
        synchronized (own) {
            own.add((MBeanServer) server);
        }
        return true;
    }

    @SuppressWarnings("unchecked")
    private static List<MBeanServer> servers(Face face) {
        return (List<MBeanServer>) face.budget().own().keep(SERVERS, new ArrayList<MBeanServer>());
    }

    public static Object finds(String agent) {
        Face face = Gate.caller();
        if (face == null) {
            return Gate.PASS;
        }
        List<MBeanServer> own = servers(face);
        ArrayList<MBeanServer> found = new ArrayList<>();
        synchronized (own) {
            for (MBeanServer server : own) {
                if (agent == null || agent.equals(id(server))) {
                    found.add(server);
                }
            }
        }
        return found;
    }

    private static String id(MBeanServer server) {
        try {
            return (String) server.getAttribute(
                    new javax.management.ObjectName("JMImplementation:type=MBeanServerDelegate"), "MBeanServerId");
        } catch (javax.management.JMException unknown) {
            return null;
        }
    }
}
