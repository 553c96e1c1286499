package fwc;

import io.vertx.core.Future;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.handler.HttpException;
import io.vertx.sqlclient.Pool;
import java.io.IOException;

/** The workload {@code io-intensive}: file units, then database units, one after the other. */
public final class IoIntensive {
  private static final int BAD_REQUEST = 400;
  private static final double NANOSECONDS = 1e9;
  private static final double MILLISECONDS = 1e3;

  private IoIntensive() {}

  /** Adds {@code POST /io-intensive}: the body is an object, and nothing in it is asked for. */
  public static void addTo(Router router, Pool pool, Settings settings) {
    router
        .post("/io-intensive")
        .handler(BodyHandler.create(false))
        .respond(context -> run(context, pool, settings));
  }

  private static Future<JsonObject> run(RoutingContext context, Pool pool, Settings settings) {
    if (!hasObject(context)) {
      return Future.failedFuture(new HttpException(BAD_REQUEST));
    }
    long began = System.nanoTime();
    try {
      // Inline, on the event loop, as every target does it: the file is tiny and never leaves the page cache.
      for (int unit = 0; unit < settings.fileUnits(); unit++) {
        FileUnit.run();
      }
    } catch (IOException error) {
      return Future.failedFuture(error);
    }
    return DatabaseUnit.runAll(pool, settings)
        .map(
            done ->
                new JsonObject()
                    .put("file_operations", settings.fileUnits())
                    .put("db_operations", settings.databaseUnits())
                    .put("execution_time", (System.nanoTime() - began) / NANOSECONDS)
                    .put("timestamp", System.currentTimeMillis() / MILLISECONDS));
  }

  private static boolean hasObject(RoutingContext context) {
    try {
      return context.body().asJsonObject() != null;
    } catch (DecodeException | ClassCastException error) {
      return false;
    }
  }
}
