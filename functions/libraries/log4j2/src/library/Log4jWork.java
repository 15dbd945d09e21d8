// Log4j 2: levels, a logger, an appender of its own.
package library;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;

public final class Log4jWork {
    private Log4jWork() {}

    public static JsonObject main(JsonObject args) throws Exception {
        Lines lines = new Lines();
        lines.start();
        LoggerContext context = (LoggerContext) LogManager.getContext(false);
        Logger logger = context.getLogger(Log4jWork.class.getName() + Thread.currentThread().getId());
        logger.addAppender(lines);
        // After it, because an appender gives the logger the level of its parent.
        logger.setLevel(Level.INFO);
        logger.debug("not {}", "this");
        logger.info("cups: {}", 3);
        logger.removeAppender(lines);
        Check.same(List.of("cups: 3"), lines.seen);
        return Check.works(Check.version("org.apache.logging.log4j", "log4j-core"));
    }

    private static final class Lines extends AbstractAppender {
        final List<String> seen = new CopyOnWriteArrayList<>();

        Lines() {
            super("lines" + Thread.currentThread().getId(), null, null, false, Property.EMPTY_ARRAY);
        }

        @Override
        public void append(LogEvent event) {
            seen.add(event.getMessage().getFormattedMessage());
        }
    }
}
