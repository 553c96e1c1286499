package fwc;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** The file unit: write a small JSON file, read it back, remove it. */
public final class FileUnit {
  private static final String DATA = "x".repeat(1000);
  private static final double MILLISECONDS = 1e3;

  /** Java's own default is always /tmp; every other language's follows TMPDIR. */
  private static final Path FOLDER =
      Path.of(System.getenv().getOrDefault("TMPDIR", System.getProperty("java.io.tmpdir")));

  private FileUnit() {}

  /** Does one unit in the folder for temporary files; the file is removed when a step fails, too. */
  public static void run() throws IOException {
    Path path = FOLDER.resolve(UUID.randomUUID() + ".json");
    JsonObject content =
        new JsonObject().put("timestamp", System.currentTimeMillis() / MILLISECONDS).put("data", DATA);
    // Not createTempFile, which closes the file that it made, so that it would be opened for writing twice.
    Files.writeString(path, content.encode(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try {
      new JsonObject(Files.readString(path));
    } finally {
      Files.delete(path);
    }
  }
}
