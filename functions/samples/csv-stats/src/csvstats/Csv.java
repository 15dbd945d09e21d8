// Reads CSV as RFC 4180 has it: quoted fields, doubled quotes, line breaks inside quotes, CRLF or LF.
// Fails with IllegalArgumentException, which names the line, on a quote that is not closed or stands inside a field.
package csvstats;

import java.util.ArrayList;
import java.util.List;

final class Csv {
    private final String text;
    private int at;
    private int line = 1;

    private Csv(String text) {
        this.text = text;
    }

    static List<List<String>> parse(String text) {
        Csv csv = new Csv(text);
        List<List<String>> rows = new ArrayList<>();
        while (csv.at < text.length()) {
            List<String> row = csv.row();
            if (row.size() > 1 || !row.get(0).isEmpty()) rows.add(row);
        }
        return rows;
    }

    private List<String> row() {
        List<String> fields = new ArrayList<>();
        while (true) {
            fields.add(at < text.length() && text.charAt(at) == '"' ? quoted() : plain());
            if (at == text.length()) return fields;
            char c = text.charAt(at++);
            if (c == ',') continue;
            if (c == '\r' && at < text.length() && text.charAt(at) == '\n') at++;
            line++;
            return fields;
        }
    }

    private String plain() {
        int start = at;
        while (at < text.length() && ",\r\n".indexOf(text.charAt(at)) < 0) {
            if (text.charAt(at) == '"') throw new IllegalArgumentException("line " + line + ": quote inside a field");
            at++;
        }
        return text.substring(start, at);
    }

    private String quoted() {
        int opened = line;
        StringBuilder field = new StringBuilder();
        for (at++; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '\n') line++;
            if (c != '"') {
                field.append(c);
            } else if (at + 1 < text.length() && text.charAt(at + 1) == '"') {
                field.append('"');
                at++;
            } else {
                at++;
                if (at < text.length() && ",\r\n".indexOf(text.charAt(at)) < 0) {
                    throw new IllegalArgumentException("line " + line + ": text after a closing quote");
                }
                return field.toString();
            }
        }
        throw new IllegalArgumentException("line " + opened + ": quote is not closed");
    }
}
