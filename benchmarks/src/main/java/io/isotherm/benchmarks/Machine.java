package io.isotherm.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** Where and when figures were taken. */
record Machine(
    int cores, String cpu, String jdk, String kernel, String commit, boolean changed, String date) {

  /**
   * @param commit the checkout's commit
   * @param changed whether the checkout differs from it
   */
  static Machine here(String commit, boolean changed) throws IOException {
    return new Machine(
        Runtime.getRuntime().availableProcessors(),
        cpuModel(),
        System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"),
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        commit,
        changed,
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
  }

  private static String cpuModel() throws IOException {
    Path file = Path.of("/proc/cpuinfo");
    List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
    return lines.stream()
        .filter(line -> line.startsWith("model name"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse(System.getProperty("os.arch"));
  }

  /** In one line. */
  String line() {
    return "%d cores of %s, %s, %s, commit %s%s, %s"
        .formatted(cores, cpu, jdk, kernel, commit, changed ? " with changes" : "", date);
  }
}
