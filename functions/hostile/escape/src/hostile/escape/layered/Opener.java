// What a class does that is in a module with a name: it is defined by a layer of the function's own. It has no handler and makes no array, for a module with a name does not see what rewritten code calls.
package hostile.escape.layered;

import java.lang.reflect.Field;
import java.util.concurrent.Callable;

public final class Opener implements Callable<Object> {
    private final Class<?> type;
    private final String field;
    private final Object of;

    public Opener(Class<?> type, String field, Object of) {
        this.type = type;
        this.field = field;
        this.of = of;
    }

    @Override
    public Object call() throws Exception {
        Field opened = type.getDeclaredField(field);
        opened.setAccessible(true);
        return opened.get(of);
    }
}
