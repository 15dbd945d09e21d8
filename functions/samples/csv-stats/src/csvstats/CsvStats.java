// Describes each column of `csv`, whose first row holds the names: how many values, and for a column of numbers
// minimum, maximum, mean and standard deviation (of the sample, by Welford's method), else the number of distinct texts.
// Empty fields count as missing.
// Fails, with a clear result, when `csv` is not text, has no header, names a column twice,
// or is not CSV.
package csvstats;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

public final class CsvStats {
    private CsvStats() {}

    public static JsonObject main(JsonObject args) {
        JsonElement csv = args.get("csv");
        if (csv == null || !csv.isJsonPrimitive() || !csv.getAsJsonPrimitive().isString()) {
            return error("'csv' must be a string");
        }
        List<List<String>> rows;
        try {
            rows = Csv.parse(csv.getAsString());
        } catch (IllegalArgumentException malformed) {
            return error("'csv' is malformed: " + malformed.getMessage());
        }
        if (rows.isEmpty()) return error("'csv' has no header");
        List<String> header = rows.get(0);
        JsonObject columns = new JsonObject();
        for (int i = 0; i < header.size(); i++) {
            if (columns.has(header.get(i))) return error("'csv' has two columns named '" + header.get(i) + "'");
            columns.add(header.get(i), column(rows.subList(1, rows.size()), i));
        }
        JsonObject result = new JsonObject();
        result.addProperty("rows", rows.size() - 1);
        result.add("columns", columns);
        return result;
    }

    private static JsonObject column(List<List<String>> rows, int index) {
        int count = 0;
        boolean numeric = true;
        double min = Double.POSITIVE_INFINITY;
        double max = Double.NEGATIVE_INFINITY;
        double mean = 0;
        double squares = 0;
        Set<String> texts = new HashSet<>();
        for (List<String> row : rows) {
            String value = index < row.size() ? row.get(index).trim() : "";
            if (value.isEmpty()) continue;
            count++;
            texts.add(value);
            double number = number(value);
            numeric &= !Double.isNaN(number);
            min = Math.min(min, number);
            max = Math.max(max, number);
            double delta = number - mean;
            mean += delta / count;
            squares += delta * (number - mean);
        }
        JsonObject result = new JsonObject();
        result.addProperty("values", count);
        result.addProperty("missing", rows.size() - count);
        if (count > 0 && numeric) {
            result.addProperty("min", min);
            result.addProperty("max", max);
            result.addProperty("mean", mean);
            if (count > 1) result.addProperty("deviation", Math.sqrt(squares / (count - 1)));
        } else {
            result.addProperty("distinct", texts.size());
        }
        return result;
    }

    /** NaN for what is not a finite number: JSON has no other. */
    private static double number(String value) {
        try {
            double number = Double.parseDouble(value);
            return Double.isInfinite(number) ? Double.NaN : number;
        } catch (NumberFormatException text) {
            return Double.NaN;
        }
    }

    private static JsonObject error(String message) {
        JsonObject result = new JsonObject();
        result.addProperty("error", message);
        return result;
    }
}
