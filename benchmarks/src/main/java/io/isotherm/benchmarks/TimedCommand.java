package io.isotherm.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** A command of {@code isotherm} that writes down, in the end, what its process took. */
final class TimedCommand {
  /** Time between two looks at the thread that is watched. */
  private static final long LOOK_MS = 50;

  /** CPU time of the thread that is watched, as of the last look, in nanoseconds. */
  private static volatile long watchedNanos;

  private TimedCommand() {}

  /**
   * Runs a command.
   *
   * @param args a file that takes the CPU time of the process, the time since it began and the CPU
   *     time of a thread, all in nanoseconds; that thread's name, empty for none; and the command
   */
  public static void main(String[] args) throws ReflectiveOperationException {
    Path file = Path.of(args[0]);
    if (!args[1].isEmpty()) {
      Thread watch = new Thread(() -> watch(args[1]), "watch");
      watch.setDaemon(true);
      watch.start();
    }
    var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    // The command ends the process itself.
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  try {
                    long wallMs = ManagementFactory.getRuntimeMXBean().getUptime();
                    Files.writeString(
                        file,
                        system.getProcessCpuTime() + " " + wallMs * 1_000_000 + " " + watchedNanos);
                  } catch (IOException e) {
                    System.err.println("cannot write " + file + ": " + e.getMessage());
                  }
                }));
    // The launcher is here only when it runs, as for all that the benchmarks start.
    Class.forName(LauncherProcess.MAIN)
        .getMethod("main", String[].class)
        .invoke(null, (Object) Arrays.copyOfRange(args, 2, args.length));
  }

  /** Looks again and again, because a thread that has ended cannot be asked. */
  private static void watch(String name) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    while (true) {
      for (long id : threads.getAllThreadIds()) {
        ThreadInfo info = threads.getThreadInfo(id);
        if (info != null && info.getThreadName().equals(name)) {
          watchedNanos = Math.max(watchedNanos, threads.getThreadCpuTime(id));
        }
      }
      try {
        Thread.sleep(LOOK_MS);
      } catch (InterruptedException e) {
        return;
      }
    }
  }
}
