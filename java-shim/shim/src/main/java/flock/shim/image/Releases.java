package flock.shim.image;

import java.util.TreeSet;

/** The versioned folders of a multi-release jar. */
final class Releases {
    static final String FOLDER = "META-INF/versions/";
    private static final int FIRST_RELEASE = 9;

    private Releases() {}

    /** The releases that have entries and are not newer than this JDK, newest first. */
    static int[] in(Image image) {
        int newest = Runtime.version().feature();
        TreeSet<Integer> found = new TreeSet<>();
        image.eachName(name -> {
            if (name.startsWith(FOLDER)) {
                int release = number(name, FOLDER.length());
                if (release >= FIRST_RELEASE && release <= newest) {
                    found.add(release);
                }
            }
        });
        return found.descendingSet().stream().mapToInt(Integer::intValue).toArray();
    }

    private static int number(String name, int start) {
        int slash = name.indexOf('/', start);
        try {
            return slash < 0 || slash - start > 3 ? -1 : Integer.parseInt(name.substring(start, slash));
        } catch (NumberFormatException other) {
            return -1;
        }
    }
}
