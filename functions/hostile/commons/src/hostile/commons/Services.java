// What is found by services: drivers, script engines. All that is found must be the function's own.
package hostile.commons;

import static hostile.commons.Commons.attempt;

import com.google.gson.JsonObject;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Logger;
import javax.script.ScriptEngine;
import javax.script.ScriptEngineFactory;
import javax.script.ScriptEngineManager;

final class Services {
    private static final AtomicInteger DRIVERS = new AtomicInteger();

    private Services() {}

    static void all(JsonObject result) {
        attempt(result, "engines", () -> {
            List<ScriptEngineFactory> found = new ScriptEngineManager().getEngineFactories();
            return found.size() + " " + found.stream().filter(each -> each instanceof OwnEngines).count();
        });
        attempt(result, "engineByName", () -> new ScriptEngineManager().getEngineByName("commons"));
        attempt(result, "script", () -> new ScriptEngineManager().getEngineByExtension("js"));
        attempt(result, "drivers", () -> DriverManager.drivers().filter(each -> !(each instanceof OwnDriver)).count());
        attempt(result, "driversMade", DRIVERS::get);
    }

    /** As in a driver's jar: registers itself when it is loaded. */
    public static final class OwnDriver implements Driver {
        static {
            try {
                DriverManager.registerDriver(new OwnDriver());
            } catch (SQLException impossible) {
                throw new ExceptionInInitializerError(impossible);
            }
        }

        public OwnDriver() {
            DRIVERS.incrementAndGet();
        }

        @Override
        public Connection connect(String url, Properties info) throws SQLException {
            if (url.equals("jdbc:commons:taken")) throw new SQLException("commons");
            return null;
        }

        @Override
        public boolean acceptsURL(String url) {
            return url.startsWith("jdbc:commons:");
        }

        @Override
        public DriverPropertyInfo[] getPropertyInfo(String url, Properties info) {
            return new DriverPropertyInfo[0];
        }

        @Override
        public int getMajorVersion() {
            return 1;
        }

        @Override
        public int getMinorVersion() {
            return 0;
        }

        @Override
        public boolean jdbcCompliant() {
            return false;
        }

        @Override
        public Logger getParentLogger() {
            return null;
        }
    }

    public static final class OwnEngines implements ScriptEngineFactory {
        @Override
        public String getEngineName() {
            return "commons";
        }

        @Override
        public String getEngineVersion() {
            return "1";
        }

        @Override
        public List<String> getExtensions() {
            return List.of("commons");
        }

        @Override
        public List<String> getMimeTypes() {
            return List.of();
        }

        @Override
        public List<String> getNames() {
            return List.of("commons");
        }

        @Override
        public String getLanguageName() {
            return "commons";
        }

        @Override
        public String getLanguageVersion() {
            return "1";
        }

        @Override
        public Object getParameter(String key) {
            return null;
        }

        @Override
        public String getMethodCallSyntax(String object, String method, String... arguments) {
            return "";
        }

        @Override
        public String getOutputStatement(String text) {
            return "";
        }

        @Override
        public String getProgram(String... statements) {
            return "";
        }

        @Override
        public ScriptEngine getScriptEngine() {
            return null;
        }
    }
}
