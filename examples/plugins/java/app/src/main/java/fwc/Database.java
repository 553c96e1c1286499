package fwc;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.util.concurrent.TimeUnit;

/** The pool of one worker, and what it means that a database does not answer. */
public final class Database {
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

  /** Connects once and leaves nothing open; fails with {@link UnreachableException}. */
  public static Future<Void> check(Vertx vertx, PgConnectOptions address) {
    return PgConnection.connect(vertx, address)
        .compose(PgConnection::close)
        .recover(reason -> Future.failedFuture(new UnreachableException(reason)));
  }

  /** Gives a pool that connects when it is asked, up to {@code size}, and keeps its connections. */
  public static Pool open(Vertx vertx, PgConnectOptions address, int size) {
    PoolOptions options =
        new PoolOptions()
            .setMaxSize(size)
            .setConnectionTimeout(Settings.POOL_TIMEOUT_S)
            .setConnectionTimeoutUnit(TimeUnit.SECONDS);
    return PgBuilder.pool()
        .with(options)
        // A statement is prepared once per connection.
        .connectingTo(new PgConnectOptions(address).setCachePreparedStatements(true))
        .using(vertx)
        .build();
  }

  /** Runs one statement on a pooled connection; fails with {@link UnreachableException}. */
  public static Future<Void> ask(Pool pool) {
    return pool.query("SELECT 1")
        .execute()
        .<Void>mapEmpty()
        .recover(reason -> Future.failedFuture(new UnreachableException(reason)));
  }
}
