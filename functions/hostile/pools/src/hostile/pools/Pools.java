// Leaves in what the JDK pools, remembers or does for all what should be its own. `how`: revoke (a list of revocations that is a lie), check (whether a certificate is revoked, by the true list), heard (on whose lanes the lie was asked);
// double (gives one validator of XML back many times), nested (validates a document while it validates another); sound (plays notes and listens), spin (a listener that never ends);
// hash (a digest of nothing that is a lie), decrypt (what was encrypted elsewhere);
// lengths, listeners, numbers, patterns, digests, signatures, zones, tables (maps that forget nothing, about 100 MiB each), texts (room for 128 MiB of text).
// The same jar is the attacker in one namespace and the victim in another.
package hostile.pools;

import com.google.gson.JsonObject;

public final class Pools {
    private Pools() {}

    public static JsonObject main(JsonObject args) throws Exception {
        JsonObject result = new JsonObject();
        switch (args.get("how").getAsString()) {
            case "revoke" -> result.addProperty("end", Revocations.lie());
            case "check" -> result.addProperty("end", Revocations.check());
            case "heard" -> result.addProperty("heard", Revocations.heard());
            case "double" -> result.addProperty("blocked", Validators.giveBackTwice());
            case "nested" -> Validators.nested(result);
            case "sound" -> Sounds.play(false);
            case "spin" -> Sounds.play(true);
            case "lengths" -> Keeps.lengths();
            case "listeners" -> Keeps.listeners();
            case "numbers" -> Keeps.numbers();
            case "patterns" -> Keeps.patterns();
            case "hash" -> result.addProperty("length", Hashes.lie());
            case "decrypt" -> result.addProperty("text", Hashes.decrypt());
            case "digests" -> Hashes.names();
            case "signatures" -> Keeps.signatures();
            case "zones" -> Keeps.zones();
            case "tables" -> Keeps.tables();
            case "texts" -> Keeps.texts();
            default -> throw new IllegalArgumentException("unknown 'how'");
        }
        return result;
    }
}
