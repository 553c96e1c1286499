package fwc;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.sqlclient.Pool;
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
    router.get("/facts").respond(context -> Future.succeededFuture(Facts.read(vertx, settings, pool)));
    Sleeps.addTo(router, vertx, settings);
    // Those of the database are there only when it is.
    pool.ifPresent(
        open -> {
          Users.addTo(router, open);
          IoIntensive.addTo(router, open, settings);
        });
    router.errorHandler(SERVER_ERROR, Server::failed);
    server = vertx.createHttpServer().requestHandler(router);
    return server.listen(settings.port(), settings.host());
  }

  @Override
  public Future<?> stop() {
    return server.shutdown(LONGEST_ANSWER_S, TimeUnit.SECONDS);
  }

  /** 200 once a pooled connection answers a statement, 503 while none does; 200 without a database. */
  private static void health(RoutingContext context, Optional<Pool> pool) {
    pool.map(Database::ask)
        .orElse(Future.succeededFuture())
        .onSuccess(answered -> context.json(new JsonObject().put("status", "ok")))
        .onFailure(
            reason ->
                context
                    .response()
                    .setStatusCode(UNAVAILABLE)
                    .putHeader("content-type", "application/json")
                    .end(
                        new JsonObject()
                            .put("status", "unreachable")
                            .put("detail", reason.getMessage())
                            .encode()));
  }

  /** A failure is logged and never swallowed; what it was is not the client's to know. */
  private static void failed(RoutingContext context) {
    LOG.log(Level.SEVERE, "request failed", context.failure());
    context.response().setStatusCode(SERVER_ERROR).end("Internal Server Error");
  }
}
