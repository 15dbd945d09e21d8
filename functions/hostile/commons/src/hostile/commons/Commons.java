// Uses what the JDK has once for all and keeps for whoever comes next, beyond what `globals` and `registrar` try. `how`: take (changes or keeps each; answers how each attempt ended), look (answers what it
// sees of each), hold (keeps a jar file of its own open behind a URL, answers the URL and the file), open (opens `url`, a URL of another's jar file, and `file`, the file itself, in every way), keeps (reads what it took),
// services (what it finds of services, drivers and script engines, and whose they are), fetch (`url` by HttpURLConnection, with `user` and `word` as its Authenticator's answer if given), directory
// (asks the LDAP server at `url` by a pooled connection), compile (compiles in the process; `path` is a folder that is not its own), watch (starts a monitor of JMX and leaves it).
// The same jar is the attacker in one namespace and the victim in another. Answers: `refused: ...`, `absent`, or `got ...`.
package hostile.commons;

import com.google.gson.JsonObject;

public final class Commons {
    private Commons() {}

    interface Attempt {
        Object run() throws Throwable;
    }

    public static JsonObject main(JsonObject args) throws Exception {
        String how = args.has("how") ? args.get("how").getAsString() : "look";
        String url = args.has("url") ? args.get("url").getAsString() : "";
        JsonObject result = new JsonObject();
        switch (how) {
            case "take" -> Shared.take(result);
            case "look" -> Shared.look(result);
            case "hold" -> Files.hold(result);
            case "open" -> Files.open(result, url, args.get("file").getAsString());
            case "keeps" -> Files.keeps(result);
            case "services" -> Services.all(result);
            case "fetch" -> attempt(result, "answer", () -> Logins.fetch(url, text(args, "user"), text(args, "word")));
            case "directory" -> attempt(result, "answer", () -> Logins.directory(url));
            case "watch" -> attempt(result, "monitor", Monitors::watch);
            case "compile" -> Compiling.all(result, args.get("path").getAsString());
            default -> throw new IllegalArgumentException("unknown 'how': " + how);
        }
        return result;
    }

    private static String text(JsonObject args, String name) {
        return args.has(name) ? args.get(name).getAsString() : null;
    }

    static void attempt(JsonObject result, String name, Attempt attempt) {
        try {
            Object got = attempt.run();
            result.addProperty(name, got == null ? "absent" : "got " + got);
        } catch (Throwable refused) {
            StringBuilder why = new StringBuilder("refused: ");
            Throwable at = refused;
            for (int i = 0; at != null && i < 8; i++, at = at.getCause()) why.append(at).append("; ");
            result.addProperty(name, why.toString());
        }
    }
}
