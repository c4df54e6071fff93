package io.isotherm.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The Java that this process runs on, for the processes that it starts. */
final class Java {
  static final String EXECUTABLE =
      Path.of(System.getProperty("java.home"), "bin", "java").toString();

  /** Class path of this process; within Maven's tests that of the tests, which is not its own. */
  static final String CLASS_PATH =
      System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));

  private Java() {}

  /**
   * The flag that asks for huge pages, as {@code ./isotherm} does, where the system gives them to a
   * process that asks: for whatever is compared, so that none has them alone.
   */
  static List<String> hugePages() {
    try {
      String modes = Files.readString(Path.of("/sys/kernel/mm/transparent_hugepage/enabled"));
      return modes.contains("[always]") || modes.contains("[madvise]")
          ? List.of("-XX:+UseTransparentHugePages")
          : List.of();
    } catch (IOException e) {
      return List.of();
    }
  }
}
