package fwc;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;

/** The workload {@code users}: the first hundred by id. */
public final class Users {
  private static final String READ_USERS =
      "SELECT user_id, username, email FROM \"user\" ORDER BY user_id LIMIT $1";
  private static final int USERS_LIMIT = 100;

  private Users() {}

  /** Adds {@code GET /users}. */
  public static void addTo(Router router, Pool pool) {
    router.get("/users").respond(context -> read(pool));
  }

  private static Future<JsonArray> read(Pool pool) {
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
