package fwc;

/** The environment breaks the contract; the message is one line: variable, seen, expected. */
public final class SettingsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public SettingsException(String variable, String seen, String expected) {
    super("%s: saw %s, expected %s".formatted(variable, seen, expected));
  }
}
