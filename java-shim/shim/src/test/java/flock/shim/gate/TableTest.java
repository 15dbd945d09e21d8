package flock.shim.gate;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.InputStream;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.Test;

/** Each row finds its method in the running JDK, and its hook. (The agent of this JVM would not have started else.) */
public final class TableTest {
    @Test
    public void everyRowFindsItsMethod() throws Exception {
        List<Row> rows = Table.rows();
        Weaver weaver = new Weaver(rows);
        Set<String> types = new HashSet<>();
        for (Row row : rows) {
            if (types.add(row.type)) {
                String file = "/" + row.type.replace('.', '/') + ".class";
                try (InputStream in = Object.class.getModule().getResourceAsStream(file)) {
                    assertTrue(row.type, weaver.weave(in.readAllBytes()).length > 0);
                }
            }
        }
        for (Row row : rows) {
            assertTrue(row.toString(), weaver.applied().contains(row));
        }
        assertEquals(new HashSet<>(rows), weaver.applied());
    }

    @Test
    public void everyHookIsThere() throws Exception {
        for (Row row : Table.rows()) {
            if (row.kind != Kind.HANDLERS) {
                boolean isThere = false;
                for (java.lang.reflect.Method method : Class.forName(row.hookClass.replace('/', '.')).getMethods()) {
                    isThere |= method.getName().equals(row.hook);
                }
                assertTrue(row + " asks " + row.hookClass + "." + row.hook, isThere);
            }
        }
    }
}
