package io.isotherm.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A command of {@code isotherm} as a process of its own, with the JVM flags that it has there. */
final class LauncherProcess implements AutoCloseable {
  /** As {@code ./isotherm} starts its commands. */
  static final List<String> JVM_FLAGS = flags();

  /** Class of the command line. */
  static final String MAIN = "io.isotherm.launcher.Main";

  private static final long PATIENCE_SECONDS = 30;

  /** Lines of a log that are said when a process failed: more than a stack trace takes. */
  private static final int TAIL_LINES = 60;

  private final String name;
  private final Path log;
  private final Process process;

  private LauncherProcess(String name, Path log, Process process) {
    this.name = name;
    this.log = log;
    this.process = process;
  }

  private static List<String> flags() {
    List<String> all =
        new ArrayList<>(
            List.of(
                "-XX:+UseSerialGC",
                "-Xms512m",
                "-Xmn224m",
                "-Xmx1g",
                "-XX:MinHeapFreeRatio=70",
                "-XX:MaxDirectMemorySize=256m"));
    all.addAll(Java.hugePages());
    return List.copyOf(all);
  }

  /**
   * Starts a command of {@code isotherm}.
   *
   * @param log takes what it says on standard error
   */
  static LauncherProcess start(Path log, String... command) throws IOException {
    return java("isotherm " + command[0], log, MAIN, command);
  }

  /** Starts another class of ours in the same way. */
  static LauncherProcess java(Path log, String mainClass, String... arguments) throws IOException {
    return java(mainClass.substring(mainClass.lastIndexOf('.') + 1), log, mainClass, arguments);
  }

  private static LauncherProcess java(String name, Path log, String mainClass, String... arguments)
      throws IOException {
    List<String> all = new ArrayList<>();
    all.add(Java.EXECUTABLE);
    all.addAll(JVM_FLAGS);
    all.addAll(List.of("-cp", Java.CLASS_PATH, mainClass));
    all.addAll(List.of(arguments));
    return new LauncherProcess(
        name,
        log,
        new ProcessBuilder(all)
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start());
  }

  /**
   * The first line that it writes to standard output.
   *
   * @throws IOException if it ends without one; says what it said last
   */
  String firstLine() throws IOException {
    // Not closed: the process could not write any more.
    String line =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))
            .readLine();
    if (line == null) {
      close();
      throw new IOException("%s ended at once; it said last:%n%s".formatted(name, tail(log)));
    }
    return line.strip();
  }

  /** CPU time of the process so far. */
  Duration cpu() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /** Most memory of the process that was resident at once so far, by Linux's account. */
  long peakMebibytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
      if (line.startsWith("VmHWM:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) >> 10;
      }
    }
    throw new IOException("the system does not tell the memory of process " + process.pid());
  }

  /**
   * Waits for its end.
   *
   * @throws IOException if it fails, or takes longer; says what it said last
   */
  void awaitSuccess(int seconds) throws IOException {
    try {
      if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
        throw new IOException(
            "%s still runs after %d s; it said last:%n%s".formatted(name, seconds, tail(log)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    if (process.exitValue() != 0) {
      throw new IOException(
          "%s failed with exit code %d; it said last:%n%s"
              .formatted(name, process.exitValue(), tail(log)));
    }
  }

  /** The end of a log, which is deleted with the directory that it is in. */
  static String tail(Path log) {
    try {
      List<String> lines = Files.readAllLines(log, StandardCharsets.UTF_8);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    } catch (IOException e) {
      return "(there is no log: " + e + ")";
    }
  }

  /** Whether it runs. */
  boolean alive() {
    return process.isAlive();
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
