// JNA: it calls native code.
package library;

import com.google.gson.JsonObject;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;

public final class JnaWork {
    private JnaWork() {}

    public static JsonObject main(JsonObject args) throws Exception {
        Check.that(NativeLibrary.getProcess().getFunction("getpid").invokeInt(new Object[0]) > 0, "no process");
        return Check.works(Native.VERSION);
    }
}
