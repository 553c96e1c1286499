package app;

import io.vertx.pgclient.PgConnectOptions;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The environment that the runner gives, checked once and before anything starts. Every variable but DATABASE_URL is
 * required; the defaults live in target.toml alone, so that no second set of defaults can disagree with the one that a
 * report prints.
 *
 * @param poolSize connections for each worker, at most
 * @param database none where no workload needs one
 */
public record Settings(String host, int port, int workers, int poolSize, Optional<PgConnectOptions> database) {

  /** How long a request waits for a pooled connection before it fails. */
  public static final int POOL_TIMEOUT_S = 30;

  private static final int HIGHEST_NUMBER = 65_535;
  private static final Pattern WHOLE = Pattern.compile("[0-9]{1,9}");
  private static final Pattern POSTGRESQL = Pattern.compile("postgres(ql)?");

  /** The environment is wrong; the message is one line: variable, seen, expected. */
  public static final class WrongException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    WrongException(String variable, String seen, String expected) {
      super("%s: saw %s, expected %s".formatted(variable, seen, expected));
    }
  }

  /**
   * Reads and checks the variables.
   *
   * @throws WrongException at the first that is missing or out of range
   */
  public static Settings from(Map<String, String> environment) {
    return new Settings(
        text(environment, "HOST", "an address to listen on, such as 127.0.0.1"),
        number(environment, "PORT"),
        number(environment, "WORKERS"),
        number(environment, "POOL_SIZE"),
        database(environment, "DATABASE_URL"));
  }

  private static String text(Map<String, String> environment, String variable, String expected) {
    String value = environment.getOrDefault(variable, "");
    if (value.isEmpty()) {
      throw new WrongException(variable, "nothing", expected);
    }
    return value;
  }

  private static int number(Map<String, String> environment, String variable) {
    String expected = "a whole number from 1 to %d".formatted(HIGHEST_NUMBER);
    String value = text(environment, variable, expected);
    // Not parseInt alone: it also takes "+5".
    if (WHOLE.matcher(value).matches()) {
      int number = Integer.parseInt(value);
      if (1 <= number && number <= HIGHEST_NUMBER) {
        return number;
      }
    }
    throw new WrongException(variable, "'" + value + "'", expected);
  }

  private static Optional<PgConnectOptions> database(Map<String, String> environment, String variable) {
    String expected = "a URL like postgresql://user:password@127.0.0.1:5432/database";
    if (!environment.containsKey(variable)) {
      return Optional.empty();
    }
    String value = text(environment, variable, expected);
    // Of a refused URL only the scheme is shown: the rest may hold a password, and this line ends in a log.
    int end = value.indexOf("://");
    if (end < 0) {
      throw new WrongException(variable, "a value without '://'", expected);
    }
    if (!POSTGRESQL.matcher(value.substring(0, end)).matches()) {
      throw new WrongException(variable, value.substring(0, end) + "://...", expected);
    }
    try {
      return Optional.of(PgConnectOptions.fromUri(value));
    } catch (IllegalArgumentException error) {
      throw new WrongException(variable, "one that does not parse", expected);
    }
  }
}
