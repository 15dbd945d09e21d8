// Counts the lines, words and characters of `text`, and lists its most frequent words (`top` of them, 10 if not given).
// A word is a run of letters or digits, compared in lower case; equal counts are in alphabetical order.
// Fails, with a clear result, when `text` is missing or `top` is not a whole number from 0 to 1000.
package wordcount;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public final class WordCount {
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+");
    private static final int TOP_MAX = 1000;

    private WordCount() {}

    public static JsonObject main(JsonObject args) {
        JsonElement text = args.get("text");
        if (text == null || !text.isJsonPrimitive() || !text.getAsJsonPrimitive().isString()) {
            return error("'text' must be a string");
        }
        int top = 10;
        if (args.has("top")) {
            try {
                top = args.get("top").getAsBigDecimal().intValueExact();
            } catch (RuntimeException notWhole) {
                top = -1;
            }
            if (top < 0 || top > TOP_MAX) return error("'top' must be a whole number from 0 to " + TOP_MAX);
        }
        return count(text.getAsString(), top);
    }

    private static JsonObject count(String text, int top) {
        Map<String, Integer> counts = new HashMap<>();
        int words = 0;
        Matcher matcher = WORD.matcher(text);
        while (matcher.find()) {
            words++;
            counts.merge(matcher.group().toLowerCase(Locale.ROOT), 1, Integer::sum);
        }
        List<Map.Entry<String, Integer>> ranked = new ArrayList<>(counts.entrySet());
        ranked.sort(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()));
        JsonArray frequent = new JsonArray();
        for (Map.Entry<String, Integer> entry : ranked.subList(0, Math.min(top, ranked.size()))) {
            JsonObject row = new JsonObject();
            row.addProperty("word", entry.getKey());
            row.addProperty("count", entry.getValue());
            frequent.add(row);
        }
        JsonObject result = new JsonObject();
        result.addProperty("lines", text.lines().count());
        result.addProperty("words", words);
        result.addProperty("characters", text.codePointCount(0, text.length()));
        result.addProperty("distinct", counts.size());
        result.add("top", frequent);
        return result;
    }

    private static JsonObject error(String message) {
        JsonObject result = new JsonObject();
        result.addProperty("error", message);
        return result;
    }
}
