package app;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.net.BindException;
import java.util.concurrent.CompletionException;
import java.util.logging.Logger;

/** Checks the environment and the database first, so that a wrong one ends in a single line, then serves. */
public final class Main {
  private static final int EXIT_FAILED = 1;
  private static final int EXIT_BAD_ENVIRONMENT = 2;
  private static final Logger LOG = Logger.getLogger(Main.class.getName());

  private Main() {}

  public static void main(String[] arguments) {
    try {
      serve(Settings.from(System.getenv()));
    } catch (Settings.WrongException wrong) {
      end(wrong.getMessage(), EXIT_BAD_ENVIRONMENT);
    } catch (CompletionException failed) {
      end(describe(failed.getCause()), EXIT_FAILED);
    }
  }

  private static void serve(Settings settings) {
    // One event loop is one core's worth, as a process is for a server of single-threaded processes.
    Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(settings.workers()));
    settings.database().ifPresent(address -> await(Database.check(vertx, address)));
    await(vertx.deployVerticle(() -> new Server(settings), new DeploymentOptions().setInstances(settings.workers())));
    PerfMap.keepUp(System.getenv());
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(vertx), "shutdown"));
    LOG.info(() -> "serving on %s:%d".formatted(settings.host(), settings.port()));
  }

  /** Answers the requests under way; without the halt, the exit code would be the signal's. */
  private static void close(Vertx vertx) {
    await(vertx.close());
    PerfMap.remove();
    Runtime.getRuntime().halt(0);
  }

  private static <T> T await(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().join();
  }

  private static String describe(Throwable failure) {
    if (failure instanceof BindException) {
      return "HOST, PORT: saw '%s', expected an address that is free to listen on".formatted(failure.getMessage());
    }
    return failure.getMessage() == null ? failure.toString() : failure.getMessage();
  }

  private static void end(String message, int code) {
    System.err.println("app: " + message);
    // Threads of Vert.x may be running.
    Runtime.getRuntime().halt(code);
  }
}
