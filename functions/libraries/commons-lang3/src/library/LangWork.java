// Commons Lang: texts, reflection, dates, a builder.
package library;

import com.google.gson.JsonObject;
import java.util.TimeZone;
import org.apache.commons.lang3.StringUtils;
import org.apache.commons.lang3.builder.ReflectionToStringBuilder;
import org.apache.commons.lang3.builder.ToStringStyle;
import org.apache.commons.lang3.time.FastDateFormat;
import org.apache.commons.lang3.tuple.Pair;

public final class LangWork {
    private LangWork() {}

    public static JsonObject main(JsonObject args) throws Exception {
        Check.same("Three cups", StringUtils.capitalize("three cups"));
        Check.same("LangWork.Cup[size=3]", ReflectionToStringBuilder.toString(new Cup(), ToStringStyle.SHORT_PREFIX_STYLE));
        Check.same("1970-01-01", FastDateFormat.getInstance("yyyy-MM-dd", TimeZone.getTimeZone("UTC")).format(0L));
        Check.same(Pair.of(1, "a"), Pair.of(1, "a"));
        return Check.works(Check.version("org.apache.commons", "commons-lang3"));
    }

    static final class Cup {
        final int size = 3;
    }
}
