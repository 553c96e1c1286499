package fwc;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * The workloads {@code sleep-*}: four ways to wait three times.
 *
 * <p>A task answers the number it was given, so that the messages tell which task was fed what.
 */
public final class Sleeps {
  private static final double MILLISECONDS = 1e3;

  /** Longer than three of the longest sleeps: Vert.x would warn of a thread that is in use for a minute. */
  private static final long LONGEST_USE_H = 4;

  private final Vertx vertx;
  private final long sleepMs;

  private Sleeps(Vertx vertx, long sleepMs) {
    this.vertx = vertx;
    this.sleepMs = sleepMs;
  }

  /** Adds the four routes. */
  public static void addTo(Router router, Vertx vertx, Settings settings) {
    Sleeps sleeps = new Sleeps(vertx, Math.round(settings.sleepSeconds() * MILLISECONDS));
    // By its name, the one pool is shared by all workers.
    WorkerExecutor threads =
        vertx.createSharedWorkerExecutor(
            "blocking", settings.workers() * settings.threads(), LONGEST_USE_H, TimeUnit.HOURS);
    router
        .get("/sync_baseline")
        .respond(context -> threads.executeBlocking(sleeps::inSeriesOnAThread, false));
    router.get("/async_independent").respond(context -> sleeps.inSeries());
    router.get("/async_dependent").respond(context -> sleeps.eachFedTheOneBefore());
    router.get("/async_concurrent").respond(context -> sleeps.atOnce());
  }

  private JsonObject inSeriesOnAThread() throws InterruptedException {
    return message("Sync tasks completed with %d, %d, %d".formatted(block(1), block(2), block(3)));
  }

  private Future<JsonObject> inSeries() {
    return task(1)
        .compose(
            first ->
                task(2)
                    .compose(
                        second ->
                            task(3)
                                .map(
                                    third ->
                                        message(
                                            "Async tasks completed with %d, %d, %d"
                                                .formatted(first, second, third)))));
  }

  private Future<JsonObject> eachFedTheOneBefore() {
    return task(1)
        .compose(
            first ->
                task(first)
                    .compose(
                        second ->
                            task(second)
                                .map(
                                    third ->
                                        message(
                                            "Async tasks completed with %d, %d, %d"
                                                .formatted(first, second, third)))));
  }

  /** All three at once: what the contract's semaphore of three lets through. */
  private Future<JsonObject> atOnce() {
    return Future.all(IntStream.range(0, 3).mapToObj(this::task).toList())
        .map(answers -> message("Async tasks completed with " + answers.list()));
  }

  private int block(int number) throws InterruptedException {
    Thread.sleep(sleepMs);
    return number;
  }

  private Future<Integer> task(int number) {
    // A timer of Vert.x takes a millisecond at least.
    return sleepMs == 0
        ? Future.succeededFuture(number)
        : vertx.timer(sleepMs, TimeUnit.MILLISECONDS).map(number);
  }

  private static JsonObject message(String text) {
    return new JsonObject().put("message", text);
  }
}
