package fwc;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Pool;
import java.lang.management.ManagementFactory;
import java.util.Optional;
import java.util.logging.Logger;

/**
 * {@code GET /facts}: what this process really is, asked of the running objects and of the libraries' manifests.
 *
 * <p>The numbers are repeated from the environment: Vert.x tells none of them; nor does it list handlers.
 */
public final class Facts {
  /** Handlers around the routes; whoever adds one adds it here. */
  private static final JsonArray MIDDLEWARES = new JsonArray();

  private Facts() {}

  public static JsonObject read(Vertx vertx, Settings settings, Optional<Pool> pool) {
    return new JsonObject()
        .put("framework", component("vertx-web", versionOf(Router.class)))
        .put("server", component("vertx-core", versionOf(HttpServer.class)))
        .put("driver", pool.map(open -> component("vertx-pg-client", versionOf(PgConnection.class))).orElse(null))
        .putNull("orm")
        .put("language", component("java", Runtime.version().toString()))
        .put("workers", settings.workers())
        .put("threads", settings.threads())
        .put("pool_size", pool.map(open -> settings.poolSize()).orElse(null))
        .put("event_loop", "netty, %s".formatted(vertx.isNativeTransportEnabled() ? "native" : "nio"))
        .put("debug", isDebugged())
        .put("log_level", Logger.getLogger("").getLevel().getName().toLowerCase())
        .put("middlewares", MIDDLEWARES)
        .put("sleep_seconds", settings.sleepSeconds())
        .put("file_units", settings.fileUnits())
        .put("db_units", settings.databaseUnits())
        .put("transaction", settings.transaction());
  }

  private static JsonObject component(String name, String version) {
    return new JsonObject().put("name", name).put("version", version);
  }

  private static String versionOf(Class<?> part) {
    return part.getPackage().getImplementationVersion();
  }

  /** Whether a debugger may attach, or assertions are checked. */
  private static boolean isDebugged() {
    return Facts.class.desiredAssertionStatus()
        || ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .anyMatch(argument -> argument.startsWith("-agentlib:jdwp"));
  }
}
