package app;

import java.io.IOException;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * The names of compiled methods, in the file where perf looks for them. The virtual machine writes it at its exit or
 * when it is asked, and perf reads it while the target still runs: so it is asked for now and then, as long as methods
 * are being compiled.
 */
public final class PerfMap {
  private static final Logger LOG = Logger.getLogger(PerfMap.class.getName());
  private static final String WANTED = "PERF_MAP";
  private static final long EVERY_S = 2;
  private static final Path FILE = Path.of("/tmp/perf-%d.map".formatted(ProcessHandle.current().pid()));

  private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();
  private final CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
  private long writtenAt = -1;

  private PerfMap() {}

  /** Keeps the file up to date from now on, if the environment asks for it. */
  public static void keepUp(Map<String, String> environment) {
    if (!environment.containsKey(WANTED)) {
      return;
    }
    ScheduledExecutorService thread =
        Executors.newSingleThreadScheduledExecutor(
            work -> {
              Thread made = new Thread(work, "perf-map");
              made.setDaemon(true);
              return made;
            });
    thread.scheduleWithFixedDelay(new PerfMap()::write, EVERY_S, EVERY_S, TimeUnit.SECONDS);
  }

  /** Takes the file away; a run starts a target dozens of times. */
  public static void remove() {
    try {
      Files.deleteIfExists(FILE);
    } catch (IOException error) {
      LOG.log(Level.WARNING, "a map for perf is left behind", error);
    }
  }

  private void write() {
    long compiledMs = compiler.getTotalCompilationTime();
    if (compiledMs == writtenAt) {
      return;
    }
    try {
      server.invoke(new ObjectName("com.sun.management:type=DiagnosticCommand"), "compilerPerfmap", null, null);
      writtenAt = compiledMs;
    } catch (JMException error) {
      LOG.log(Level.WARNING, "no map for perf", error);
    }
  }
}
