// Logback behind SLF4J: levels, a pattern, an appender of its own.
package library;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.google.gson.JsonObject;
import org.slf4j.LoggerFactory;

public final class LogbackWork {
    private LogbackWork() {}

    public static JsonObject main(JsonObject args) throws Exception {
        Logger logger = (Logger) LoggerFactory.getLogger(LogbackWork.class.getName() + Thread.currentThread().getId());
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.addAppender(lines);
        logger.setLevel(Level.INFO);
        logger.debug("not {}", "this");
        logger.info("cups: {}", 3);
        logger.detachAppender(lines);
        Check.same(1, lines.list.size());
        Check.same("cups: 3", lines.list.get(0).getFormattedMessage());
        return Check.works(Check.version("ch.qos.logback", "logback-classic"));
    }
}
