// HSQLDB: a database in memory, found through DriverManager.
package library;

import com.google.gson.JsonObject;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.UUID;

public final class HsqldbWork {
    private HsqldbWork() {}

    public static JsonObject main(JsonObject args) throws Exception {
        String url = "jdbc:hsqldb:mem:" + UUID.randomUUID() + ";shutdown=true";
        try (Connection connection = DriverManager.getConnection(url, "SA", "")) {
            try (Statement statement = connection.createStatement()) {
                statement.execute("create temporary table cups (name varchar(20) primary key, amount int) on commit preserve rows");
            }
            try (PreparedStatement insert = connection.prepareStatement("insert into cups values (?, ?)")) {
                for (int i = 0; i < 10; i++) {
                    insert.setString(1, "cup" + i);
                    insert.setInt(2, i);
                    insert.executeUpdate();
                }
            }
            try (Statement statement = connection.createStatement();
                    ResultSet sum = statement.executeQuery("select sum(amount) from cups where amount > 4")) {
                sum.next();
                Check.same(35, sum.getInt(1));
            }
            return Check.works(connection.getMetaData().getDatabaseProductVersion());
        }
    }
}
