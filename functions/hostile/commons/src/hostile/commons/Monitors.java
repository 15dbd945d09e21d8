// A monitor of JMX, whose next look comes by a thread that the JDK has one of.
package hostile.commons;

import java.lang.management.ManagementFactory;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.monitor.GaugeMonitor;

final class Monitors {
    private static final int LOOKS_EACH_MILLIS = 10;
    private static final int HEARD_WITHIN_MILLIS = 2_000;

    private Monitors() {}

    public interface LevelMBean {
        int getLevel();
    }

    public static final class Level implements LevelMBean {
        private final CountDownLatch looks;

        Level(CountDownLatch looks) {
            this.looks = looks;
        }

        @Override
        public int getLevel() {
            looks.countDown();
            return 1;
        }
    }

    /** Starts one and leaves it. Tells whether it looked more than once. */
    static Object watch() throws Exception {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        ObjectName observed = new ObjectName("commons:type=Level");
        CountDownLatch looks = new CountDownLatch(3);
        server.registerMBean(new Level(looks), observed);
        GaugeMonitor monitor = new GaugeMonitor();
        server.registerMBean(monitor, new ObjectName("commons:type=Monitor"));
        monitor.addObservedObject(observed);
        monitor.setObservedAttribute("Level");
        monitor.setThresholds(3, 2);
        monitor.setGranularityPeriod(LOOKS_EACH_MILLIS);
        monitor.start();
        return looks.await(HEARD_WITHIN_MILLIS, TimeUnit.MILLISECONDS) ? "looks" : null;
    }
}
