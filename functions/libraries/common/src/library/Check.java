// What the functions of this folder share: they check their own work, and say which version of the library did it.
package library;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.Properties;

final class Check {
    private Check() {}

    static void same(Object expected, Object found) {
        that(Objects.equals(expected, found), "expected " + expected + ", found " + found);
    }

    static void that(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise);
        }
    }

    /** The version by the description that Maven puts into a jar. */
    static String version(String group, String artifact) throws IOException {
        String name = "/META-INF/maven/" + group + "/" + artifact + "/pom.properties";
        Properties description = new Properties();
        try (InputStream in = Check.class.getResourceAsStream(name)) {
            if (in == null) {
                return null;
            }
            description.load(in);
        }
        return description.getProperty("version");
    }

    /** The answer of a function whose work was right. The version is null where the library does not tell. */
    static JsonObject works(String version) {
        JsonObject answer = new JsonObject();
        answer.addProperty("works", true);
        if (version != null) {
            answer.addProperty("version", version);
        }
        return answer;
    }
}
