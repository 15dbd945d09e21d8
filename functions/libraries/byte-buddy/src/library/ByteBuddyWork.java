// Byte Buddy: a class made at run time.
package library;

import com.google.gson.JsonObject;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.implementation.FixedValue;
import net.bytebuddy.matcher.ElementMatchers;

public final class ByteBuddyWork {
    private ByteBuddyWork() {}

    public static JsonObject main(JsonObject args) throws Exception {
        Class<?> made = new ByteBuddy().subclass(Object.class)
                .method(ElementMatchers.named("toString")).intercept(FixedValue.value("three cups"))
                .make().load(ByteBuddyWork.class.getClassLoader()).getLoaded();
        Check.same("three cups", made.getDeclaredConstructor().newInstance().toString());
        return Check.works(Check.version("net.bytebuddy", "byte-buddy"));
    }
}
