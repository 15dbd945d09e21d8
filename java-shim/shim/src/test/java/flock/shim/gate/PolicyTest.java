package flock.shim.gate;

import static org.junit.Assert.assertEquals;

import flock.boot.Policy;
import java.lang.reflect.Method;
import java.net.InetAddress;
import org.junit.Test;

/** Which addresses are for the world, and that a rule holds for its port and its bits only. Nothing is connected to. */
public final class PolicyTest {
    private static boolean allows(String policy, String address, int port) throws Exception {
        Method allows = Policy.class.getDeclaredMethod("allows", InetAddress.class, int.class);
        allows.setAccessible(true);
        return (Boolean) allows.invoke(Policy.of(policy), InetAddress.getByName(address), port);
    }

    @Test
    public void publicAddressesAreThoseOfTheWorld() throws Exception {
        for (String address : new String[] {"192.0.2.1", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111",
            "64:ff9b::101:101"}) {
            assertEquals(address, true, allows("net public", address, 443));
            assertEquals(address, false, allows("net private\nnet loopback", address, 443));
            assertEquals(address, false, allows("", address, 443));
        }
        for (String address : new String[] {"127.0.0.1", "::1", "::ffff:127.0.0.1", "10.1.2.3", "169.254.169.254",
            "168.63.129.16", "fd00:ec2::254", "fe80::1", "2002:7f00:1::", "64:ff9b::7f00:1", "224.0.0.1", "240.0.0.1"}) {
            assertEquals(address, false, allows("net public", address, 443));
            assertEquals(address, true, allows("net private\nnet loopback", address, 443));
        }
    }

    @Test
    public void aRuleHoldsForItsPortAndItsBits() throws Exception {
        String policy = "net 0a010000/16 5432";
        assertEquals(true, allows(policy, "10.1.255.1", 5432));
        assertEquals(true, allows(policy, "::ffff:10.1.0.1", 5432));
        assertEquals(false, allows(policy, "10.1.0.1", 80));
        assertEquals(false, allows(policy, "10.2.0.1", 5432));
        assertEquals(false, allows(policy, "2a01::1", 5432));
    }
}
