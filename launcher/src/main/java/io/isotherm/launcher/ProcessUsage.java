package io.isotherm.launcher;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;

/** What this process costs, since this object was made. */
final class ProcessUsage {
  private static final Path STATUS = Path.of("/proc/self/status");

  private final long startNanos = System.nanoTime();
  private final Duration cpuAtStart = cpu();

  /** CPU seconds for every second of wall time: 1 is one core. */
  double cores() {
    double wall = (System.nanoTime() - startNanos) / 1e9;
    return cpu().minus(cpuAtStart).toNanos() / 1e9 / wall;
  }

  /** Time since the start. */
  Duration wall() {
    return Duration.ofNanos(System.nanoTime() - startNanos);
  }

  /** Memory of the whole process in bytes; the heap in use where there is no /proc. */
  long residentBytes() {
    return field("VmRSS:")
        .orElseGet(() -> ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
  }

  /** Highest memory of the whole process so far in bytes; empty where there is no /proc. */
  OptionalLong peakResidentBytes() {
    return field("VmHWM:");
  }

  private static Duration cpu() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
  }

  private static OptionalLong field(String name) {
    try {
      for (String line : Files.readAllLines(STATUS)) {
        if (line.startsWith(name)) {
          return OptionalLong.of(
              Long.parseLong(line.substring(name.length()).replaceAll("\\D", "")) << 10);
        }
      }
    } catch (IOException | NumberFormatException e) {
      return OptionalLong.empty();
    }
    return OptionalLong.empty();
  }
}
