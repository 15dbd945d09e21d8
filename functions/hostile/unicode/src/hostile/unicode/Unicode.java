// Text that breaks careless code, in and out: `text` comes back with its lengths, beside texts made here, and all of it is
// logged. The second method has letters beyond ASCII in its name. `surrogate` adds a lone surrogate to the result.
package hostile.unicode;

import com.google.gson.JsonObject;

public final class Unicode {
    private Unicode() {}

    public static JsonObject main(JsonObject args) {
        String text = args.has("text") ? args.get("text").getAsString() : "";
        JsonObject result = new JsonObject();
        result.addProperty("text", text);
        result.addProperty("chars", text.length());
        result.addProperty("codePoints", text.codePointCount(0, text.length()));
        result.addProperty("german", "Gr\u00fc\u00dfe");
        result.addProperty("emoji", "\ud83d\ude00\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67");
        result.addProperty("controls", "\0\u0001\b\t\n\u000b\f\r\u001f\u007f\u0085\u2028\u2029\ufeff\uffff");
        result.addProperty("quotes", "\"\\/</script>'");
        result.addProperty("rightToLeft", "\u202e\u05e9\u05dc\u05d5\u05dd");
        result.addProperty("\u043a\u043b\u044e\u0447 \ud83d\udd11", "key");
        result.addProperty("", "empty key");
        if (args.has("surrogate")) result.addProperty("surrogate", "a\ud800b\udc00c");
        System.out.println("Gr\u00fc\u00dfe \ud83d\ude00 " + text);
        System.err.println("\u65e5\u672c\u8a9e\u2028one line");
        return result;
    }

    public static JsonObject gr\u00f6\u00dfe(JsonObject args) {
        JsonObject result = new JsonObject();
        result.addProperty("method", "gr\u00f6\u00dfe");
        return result;
    }
}
