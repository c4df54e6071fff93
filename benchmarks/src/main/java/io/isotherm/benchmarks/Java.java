package io.isotherm.benchmarks;

import java.nio.file.Path;

/** The Java that this process runs on, for the processes that it starts. */
final class Java {
  static final String EXECUTABLE =
      Path.of(System.getProperty("java.home"), "bin", "java").toString();

  /** Class path of this process; within Maven's tests that of the tests, which is not its own. */
  static final String CLASS_PATH =
      System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));

  private Java() {}
}
