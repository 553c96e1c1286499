package app;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Pool;
import java.lang.management.ManagementFactory;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/** One worker: an event loop that serves, with a pool of its own. All of them listen on the one port. */
public final class Server extends VerticleBase {
  private static final Logger LOG = Logger.getLogger(Server.class.getName());
  private static final int UNAVAILABLE = 503;
  private static final int SERVER_ERROR = 500;
  private static final long LONGEST_ANSWER_S = 60;

  private final Settings settings;
  private HttpServer server;

  public Server(Settings settings) {
    this.settings = settings;
  }

  @Override
  public Future<?> start() {
    Optional<Pool> pool =
        settings.database().map(address -> Database.open(vertx, address, settings.poolSize()));
    Router router = Router.router(vertx);
    router.get("/health").handler(context -> health(context, pool));
    router.get("/facts").respond(context -> Future.succeededFuture(facts(vertx, settings, pool)));
    // Those of the database are there only when it is.
    pool.ifPresent(open -> router.get("/users").respond(context -> Database.users(open)));
    router.errorHandler(SERVER_ERROR, Server::failed);
    server = vertx.createHttpServer().requestHandler(router);
    return server.listen(settings.port(), settings.host());
  }

  @Override
  public Future<?> stop() {
    return server.shutdown(LONGEST_ANSWER_S, TimeUnit.SECONDS);
  }

  /** 200 once a pooled connection answers a statement, 503 while none does. */
  private static void health(RoutingContext context, Optional<Pool> pool) {
    pool.map(Database::ask)
        .orElse(Future.succeededFuture())
        .onSuccess(answered -> context.json(new JsonObject().put("status", "ok")))
        .onFailure(
            reason -> {
              context.response().setStatusCode(UNAVAILABLE);
              context.json(new JsonObject().put("status", "unreachable").put("detail", reason.getMessage()));
            });
  }

  /** A failure is logged and never swallowed; what it was is not the client's to know. */
  private static void failed(RoutingContext context) {
    LOG.log(Level.SEVERE, "request failed", context.failure());
    context.response().setStatusCode(SERVER_ERROR).end("Internal Server Error");
  }

  /**
   * What this process really is, asked of the running objects and of the libraries' manifests. The numbers are repeated
   * from the environment: Vert.x tells none of them; nor does it list handlers, so whoever adds one adds it here.
   */
  private static JsonObject facts(Vertx vertx, Settings settings, Optional<Pool> pool) {
    return new JsonObject()
        .put("framework", part("vertx-web", versionOf(Router.class)))
        .put("server", part("vertx-core", versionOf(HttpServer.class)))
        .put("driver", pool.map(open -> part("vertx-pg-client", versionOf(PgConnection.class))).orElse(null))
        .putNull("orm")
        .put("language", part("java", Runtime.version().toString()))
        .put("workers", settings.workers())
        .put("threads", settings.workers())
        .put("pool_size", pool.map(open -> settings.poolSize()).orElse(null))
        .put("event_loop", "netty, %s".formatted(vertx.isNativeTransportEnabled() ? "native" : "nio"))
        .put("debug", isDebugged())
        .put("log_level", Logger.getLogger("").getLevel().getName().toLowerCase())
        .put("middlewares", new JsonArray());
  }

  private static JsonObject part(String name, String version) {
    return new JsonObject().put("name", name).put("version", version);
  }

  private static String versionOf(Class<?> part) {
    return part.getPackage().getImplementationVersion();
  }

  /** Whether a debugger may attach, or assertions are checked. */
  private static boolean isDebugged() {
    return Server.class.desiredAssertionStatus()
        || ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .anyMatch(argument -> argument.startsWith("-agentlib:jdwp"));
  }
}
