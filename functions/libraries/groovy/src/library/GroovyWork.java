// Groovy: a script with closures, compiled at run time.
package library;

import com.google.gson.JsonObject;
import groovy.lang.GroovyShell;
import groovy.lang.GroovySystem;

public final class GroovyWork {
    private GroovyWork() {}

    public static JsonObject main(JsonObject args) throws Exception {
        Object sum = new GroovyShell().evaluate("""
                class Cup { int size }
                def all = (1..4).collect { new Cup(size: it) }
                all.findAll { it.size % 2 == 0 }.sum { it.size * 10 }
                """);
        Check.same(60, sum);
        return Check.works(GroovySystem.getVersion());
    }
}
