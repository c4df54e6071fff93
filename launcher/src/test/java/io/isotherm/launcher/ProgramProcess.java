package io.isotherm.launcher;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** This program as the tests compiled it, in a JVM of its own. */
final class ProgramProcess {
  private static final Path THIS_JDK = Path.of(System.getProperty("java.home"));

  private ProgramProcess() {}

  /** The program with arguments, not started yet; what it says is one stream. */
  static ProcessBuilder of(int heapMebibytes, List<String> arguments) {
    return of(THIS_JDK, heapMebibytes, arguments);
  }

  /** Likewise, under another JDK. */
  static ProcessBuilder of(Path jdk, int heapMebibytes, List<String> arguments) {
    return of(jdk, heapMebibytes, Main.class.getName(), arguments);
  }

  /** Another main class of the same class path. */
  static ProcessBuilder of(int heapMebibytes, String mainClass, List<String> arguments) {
    return of(THIS_JDK, heapMebibytes, mainClass, arguments);
  }

  private static ProcessBuilder of(
      Path jdk, int heapMebibytes, String mainClass, List<String> arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                jdk.resolve("bin/java").toString(),
                "-XX:+UseSerialGC",
                // What compiles best takes more time than it saves in the minute that it runs.
                "-XX:TieredStopAtLevel=1",
                "-Xmx" + heapMebibytes + "m",
                "-XX:MaxDirectMemorySize=" + heapMebibytes + "m",
                "-cp",
                System.getProperty("java.class.path"),
                mainClass));
    command.addAll(arguments);
    return new ProcessBuilder(command).redirectErrorStream(true);
  }
}
