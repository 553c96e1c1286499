package fwc;

import io.vertx.pgclient.PgConnectOptions;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The environment contract, checked once and before anything starts. Every variable is required but DATABASE_URL; the
 * defaults live in target.toml alone, so that no second set of defaults can disagree with the one that a report prints.
 *
 * @param threads for blocking work, for each worker
 * @param poolSize connections for each worker, at most
 * @param sleepSeconds how long a task of the workloads sleep-* sleeps
 */
public record Settings(
    String host,
    int port,
    Optional<PgConnectOptions> database,
    int workers,
    int threads,
    int poolSize,
    double sleepSeconds,
    int fileUnits,
    int databaseUnits,
    String transaction) {

  /** How long a request waits for a pooled connection before it fails. */
  public static final int POOL_TIMEOUT_S = 30;

  public static final String PER_UNIT = "per-unit";
  public static final String PER_REQUEST = "per-request";

  private static final int LARGEST_NUMBER = 65_535;
  private static final int LONGEST_SLEEP_S = 3_600;
  private static final Pattern WHOLE = Pattern.compile("[0-9]{1,9}");
  private static final Pattern DECIMAL = Pattern.compile("[0-9]+(\\.[0-9]+)?");
  private static final Pattern POSTGRESQL = Pattern.compile("postgres(ql)?");

  /**
   * Reads and checks the contract's variables.
   *
   * @throws SettingsException at the first variable that is missing or out of range
   */
  public static Settings from(Map<String, String> environment) {
    return new Settings(
        text(environment, "HOST", "an address to listen on, such as 127.0.0.1"),
        number(environment, "PORT", 1),
        database(environment, "DATABASE_URL"),
        number(environment, "WORKERS", 1),
        number(environment, "THREADS", 1),
        number(environment, "POOL_SIZE", 1),
        seconds(environment, "SLEEP_SECONDS"),
        number(environment, "FILE_UNITS", 0),
        number(environment, "DB_UNITS", 0),
        transaction(environment, "TRANSACTION"));
  }

  private static String text(Map<String, String> environment, String variable, String expected) {
    String value = environment.getOrDefault(variable, "");
    if (value.isEmpty()) {
      throw new SettingsException(variable, "nothing", expected);
    }
    return value;
  }

  private static int number(Map<String, String> environment, String variable, int least) {
    String expected = "a whole number from %d to %d".formatted(least, LARGEST_NUMBER);
    String value = text(environment, variable, expected);
    // Not parseInt alone: it also takes "+5", which other languages' targets refuse.
    if (WHOLE.matcher(value).matches()) {
      int number = Integer.parseInt(value);
      if (least <= number && number <= LARGEST_NUMBER) {
        return number;
      }
    }
    throw new SettingsException(variable, "'" + value + "'", expected);
  }

  private static double seconds(Map<String, String> environment, String variable) {
    String expected = "a decimal number of seconds from 0 to %d, such as 0.5".formatted(LONGEST_SLEEP_S);
    String value = text(environment, variable, expected);
    // Not parseDouble alone: it also takes "NaN", "1e3", "0x1p-2" and "1d".
    if (!DECIMAL.matcher(value).matches() || Double.parseDouble(value) > LONGEST_SLEEP_S) {
      throw new SettingsException(variable, "'" + value + "'", expected);
    }
    return Double.parseDouble(value);
  }

  private static String transaction(Map<String, String> environment, String variable) {
    String expected = PER_UNIT + " or " + PER_REQUEST;
    String value = text(environment, variable, expected);
    if (!value.equals(PER_UNIT) && !value.equals(PER_REQUEST)) {
      throw new SettingsException(variable, "'" + value + "'", expected);
    }
    return value;
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
      throw new SettingsException(variable, "a value without '://'", expected);
    }
    if (!POSTGRESQL.matcher(value.substring(0, end)).matches()) {
      throw new SettingsException(variable, value.substring(0, end) + "://...", expected);
    }
    try {
      return Optional.of(PgConnectOptions.fromUri(value));
    } catch (IllegalArgumentException error) {
      throw new SettingsException(variable, "one that does not parse", expected);
    }
  }
}
