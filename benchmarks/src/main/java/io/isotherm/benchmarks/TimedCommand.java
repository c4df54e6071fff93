package io.isotherm.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** A command of {@code isotherm} that writes down, in the end, what its process took. */
final class TimedCommand {
  private TimedCommand() {}

  /**
   * Runs a command.
   *
   * @param args a file that takes the CPU time and the time since the process began, both in
   *     nanoseconds, and the command
   */
  public static void main(String[] args) throws ReflectiveOperationException {
    Path file = Path.of(args[0]);
    var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    // The command ends the process itself.
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  try {
                    long wallMs = ManagementFactory.getRuntimeMXBean().getUptime();
                    Files.writeString(file, system.getProcessCpuTime() + " " + wallMs * 1_000_000);
                  } catch (IOException e) {
                    System.err.println("cannot write " + file + ": " + e.getMessage());
                  }
                }));
    // The launcher is here only when it runs, as for all that the benchmarks start.
    Class.forName(LauncherProcess.MAIN)
        .getMethod("main", String[].class)
        .invoke(null, (Object) Arrays.copyOfRange(args, 1, args.length));
  }
}
