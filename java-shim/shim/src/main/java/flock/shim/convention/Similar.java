package flock.shim.convention;

import flock.shim.image.Image;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Looks for the class that was meant when `main` names one that is not in the jar. Only on the way to an error. */
final class Similar {
    private static final int MOST_EDITS = 2;
    private static final int LONGEST_COMPARED = 200;
    private static final int MOST_NAMES_SHOWN = 3;
    private static final String SUFFIX = ".class";

    private Similar() {}

    /** "; did you mean a.B?", or the classes of a small jar, or nothing. */
    static String hint(Image image, String wanted) {
        List<String> classes = new ArrayList<>();
        image.eachName(name -> {
            if (name.endsWith(SUFFIX) && !name.startsWith("META-INF/") && !name.endsWith("-info.class")) {
                classes.add(name.substring(0, name.length() - SUFFIX.length()).replace('/', '.'));
            }
        });
        String best = null;
        int bestScore = Integer.MAX_VALUE;
        for (String candidate : classes) {
            int score = score(candidate, wanted);
            if (score < bestScore) {
                best = candidate;
                bestScore = score;
            }
        }
        if (best != null) {
            return "; did you mean " + best + "?";
        }
        List<String> outer = new ArrayList<>(classes);
        outer.removeIf(name -> name.indexOf('$') >= 0);
        return outer.isEmpty() || outer.size() > MOST_NAMES_SHOWN ? "" : "; it has " + String.join(", ", outer);
    }

    /** Small for similar names, the largest int for others. */
    private static int score(String candidate, String wanted) {
        String dotted = wanted.replace('/', '.');
        if (candidate.equals(dotted) || candidate.equals(strip(dotted))) {
            return 0;
        }
        if (candidate.equalsIgnoreCase(dotted) || candidate.replace('$', '.').equals(dotted)) {
            return 1;
        }
        if (simple(candidate).equalsIgnoreCase(simple(dotted))) {
            return 2;
        }
        int edits = edits(candidate.toLowerCase(Locale.ROOT), dotted.toLowerCase(Locale.ROOT));
        return edits <= MOST_EDITS && edits * 3 < candidate.length() ? 2 + edits : Integer.MAX_VALUE;
    }

    private static String strip(String name) {
        return name.endsWith(SUFFIX) || name.endsWith(".java") ? name.substring(0, name.lastIndexOf('.')) : name;
    }

    private static String simple(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }

    private static int edits(String a, String b) {
        if (Math.abs(a.length() - b.length()) > MOST_EDITS || a.length() > LONGEST_COMPARED) {
            return Integer.MAX_VALUE / 4;
        }
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
