package app;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.concurrent.TimeUnit;

/** The pool of one worker, what is asked of it, and what it means that a database does not answer. */
public final class Database {
  private static final String READ_USERS =
      "SELECT user_id, username, email FROM \"user\" ORDER BY user_id LIMIT $1";
  private static final int USERS_LIMIT = 100;

  private Database() {}

  /** No working connection is to be had: at start this ends the process, on /health it is a 503. */
  public static final class UnreachableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnreachableException(Throwable reason) {
      super("DATABASE_URL: saw '%s', expected a PostgreSQL that answers there".formatted(firstLine(reason)), reason);
    }

    // No message of the driver holds the password.
    private static String firstLine(Throwable reason) {
      return String.valueOf(reason.getMessage()).lines().findFirst().orElse(reason.toString());
    }
  }

  /** Connects once and leaves nothing open. */
  public static Future<Void> check(Vertx vertx, PgConnectOptions address) {
    return PgConnection.connect(vertx, address)
        .compose(PgConnection::close)
        .recover(reason -> Future.failedFuture(new UnreachableException(reason)));
  }

  /** Gives a pool that connects when it is asked and keeps its connections; a statement is prepared once on each. */
  public static Pool open(Vertx vertx, PgConnectOptions address, int size) {
    PoolOptions options =
        new PoolOptions()
            .setMaxSize(size)
            .setConnectionTimeout(Settings.POOL_TIMEOUT_S)
            .setConnectionTimeoutUnit(TimeUnit.SECONDS);
    return PgBuilder.pool()
        .with(options)
        .connectingTo(new PgConnectOptions(address).setCachePreparedStatements(true))
        .using(vertx)
        .build();
  }

  /** Runs one statement on a pooled connection. */
  public static Future<Void> ask(Pool pool) {
    return pool.query("SELECT 1")
        .execute()
        .<Void>mapEmpty()
        .recover(reason -> Future.failedFuture(new UnreachableException(reason)));
  }

  /** Reads the first hundred users by id: one SELECT on a pooled connection. */
  public static Future<JsonArray> users(Pool pool) {
    return pool.preparedQuery(READ_USERS)
        .execute(Tuple.of(USERS_LIMIT))
        .map(
            rows -> {
              JsonArray users = new JsonArray();
              rows.forEach(row -> users.add(user(row)));
              return users;
            });
  }

  private static JsonObject user(Row row) {
    return new JsonObject()
        .put("user_id", row.getString(0))
        .put("username", row.getString(1))
        .put("email", row.getString(2));
  }
}
