// Breaks out by detours that `reach` does not try. `how`: names (has JDK code find classes of the host by their names), objects (calls what the host's objects offer),
// resources (asks every loader for files of the host), strangers (runs code that no loader, group or frame shows to be a function's; `path` is a file that it reads), makers (makes objects without their constructors, by gson and the JDK),
// layers (modules of its own), groups (thread groups of the JDK), relays (JDK code that acts for it), look (what a victim would see of all that).
// Answers how each attempt ended: `refused: ...`, `absent`, or `got ...`.
package hostile.escape;

import com.google.gson.JsonObject;

public final class Escape {
    private Escape() {}

    interface Attempt {
        Object run() throws Throwable;
    }

    public static JsonObject main(JsonObject args) {
        String how = args.has("how") ? args.get("how").getAsString() : "names";
        String path = args.has("path") ? args.get("path").getAsString() : "/etc/passwd";
        JsonObject result = new JsonObject();
        switch (how) {
            case "names" -> Names.all(result);
            case "resources" -> Resources.all(result);
            case "objects" -> Objects.all(result, path);
            case "strangers" -> Strangers.all(result, path);
            case "makers" -> Makers.all(result);
            case "layers" -> Layers.all(result);
            case "groups" -> Groups.all(result, path);
            case "relays" -> Relays.all(result);
            case "look" -> Relays.look(result);
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        return result;
    }

    static void attempt(JsonObject result, String name, Attempt attempt) {
        try {
            Object got = attempt.run();
            result.addProperty(name, got == null ? "absent" : "got " + got);
        } catch (Throwable refused) {
            Throwable last = refused;
            while (last.getCause() != null && last.getCause() != last) last = last.getCause();
            result.addProperty(name, "refused: " + last);
        }
    }
}
