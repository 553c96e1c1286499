package fwc;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/** The database unit: its statements, in which order and in whose transaction. Each is a round trip of its own. */
public final class DatabaseUnit {
  private static final int INSERTS = 10;

  /** So many of the inserted rows, the first ones, are updated. */
  private static final int UPDATES = 5;

  private static final String INSERT =
      "INSERT INTO users (name, email, age, created_at, updated_at) VALUES ($1, $2, $3, $4, $5) RETURNING id";
  private static final String UPDATE =
      "UPDATE users SET name = $1, email = $2, age = $3, created_at = $4, updated_at = $5 WHERE id = $6";
  private static final String DELETE = "DELETE FROM users WHERE id = $1";
  private static final String COUNT = "SELECT COUNT(*) FROM users";

  private DatabaseUnit() {}

  private record User(String name, String email, int age, OffsetDateTime createdAt, OffsetDateTime updatedAt) {
    /** The contract's values for the user of this number in the unit of this tag. */
    static User of(String tag, int number) {
      OffsetDateTime now = now();
      return new User(
          "User %s_%d".formatted(tag, number),
          "user%s_%d@example.com".formatted(tag, number),
          20 + number % 50,
          now,
          now);
    }

    User renamed() {
      return new User("Updated " + name, email, age, createdAt, now());
    }

    /** The values in the order of the statements. */
    Tuple columns() {
      return Tuple.of(name, email, age, createdAt, updatedAt);
    }

    private static OffsetDateTime now() {
      return OffsetDateTime.now(ZoneOffset.UTC);
    }
  }

  private record Inserted(int id, User user) {}

  /** Does the units one after the other on one connection, which is taken once and goes back at the end. */
  public static Future<Void> runAll(Pool pool, Settings settings) {
    int units = settings.databaseUnits();
    if (units == 0) {
      return Future.succeededFuture();
    }
    return pool.withConnection(
        connection ->
            settings.transaction().equals(Settings.PER_REQUEST)
                ? inTransaction(
                    connection,
                    () -> oneByOne(units, unit -> change(connection).compose(done -> count(connection))))
                : oneByOne(
                    units,
                    unit ->
                        inTransaction(connection, () -> change(connection))
                            .compose(done -> count(connection))));
  }

  /** Commits what the work did, or rolls it back: a connection returns to the pool with nothing open. */
  private static Future<Void> inTransaction(SqlConnection connection, Supplier<Future<Void>> work) {
    return connection
        .begin()
        .compose(
            transaction ->
                work.get()
                    .compose(
                        done -> transaction.commit(),
                        error ->
                            transaction
                                .rollback()
                                .transform(rolledBack -> Future.failedFuture(error))));
  }

  /** Does the part of a unit that is one transaction: 26 of its 27 statements. */
  private static Future<Void> change(SqlConnection connection) {
    String tag = tag();
    List<Inserted> rows = new ArrayList<>(INSERTS);
    return oneByOne(INSERTS, number -> insert(connection, User.of(tag, number)).map(rows::add).mapEmpty())
        .compose(done -> count(connection))
        .compose(done -> oneByOne(UPDATES, number -> update(connection, rows.get(number))))
        .compose(done -> oneByOne(INSERTS, number -> delete(connection, rows.get(number).id())));
  }

  private static Future<Inserted> insert(SqlConnection connection, User user) {
    return connection
        .preparedQuery(INSERT)
        .execute(user.columns())
        .map(rows -> new Inserted(rows.iterator().next().getInteger(0), user));
  }

  private static Future<Void> update(SqlConnection connection, Inserted row) {
    Tuple values = row.user().renamed().columns().addInteger(row.id());
    return connection.preparedQuery(UPDATE).execute(values).mapEmpty();
  }

  private static Future<Void> delete(SqlConnection connection, int id) {
    return connection.preparedQuery(DELETE).execute(Tuple.of(id)).mapEmpty();
  }

  private static Future<Void> count(SqlConnection connection) {
    return connection.preparedQuery(COUNT).execute().mapEmpty();
  }

  /** Begins each step when the one before it is done. */
  private static Future<Void> oneByOne(int steps, IntFunction<Future<Void>> step) {
    Future<Void> last = Future.succeededFuture();
    for (int number = 0; number < steps; number++) {
      int next = number;
      last = last.compose(done -> step.apply(next));
    }
    return last;
  }

  /** Makes the names of a unit its own: microseconds since 1970, and 8 random hex digits. */
  private static String tag() {
    long microseconds = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    return microseconds + "_" + UUID.randomUUID().toString().substring(0, 8);
  }
}
