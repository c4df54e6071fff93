package io.isotherm.benchmarks;

import java.io.File;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/**
 * A way to read the reports, as a Java process.
 *
 * @param name what tables call it
 * @param classPath class path of the process
 * @param mainClass class with its {@code main}
 * @param jvmFlags flags of the JVM, as its users would set them
 * @param finds what it finds out
 */
record Job(String name, String classPath, String mainClass, List<String> jvmFlags, Finds finds) {
  /** What a job finds out about the reports. */
  enum Finds {
    /** How many there are. */
    RECORDS,
    /** What the sum of all temperatures is. */
    SAMPLES,
    /** What every window of every pod and cabinet says. */
    WINDOWS
  }

  static final Job RAW_CONSUMER = ours("raw-consumer", RawConsumerJob.class, Finds.SAMPLES);

  static final Job MONITOR = ours("monitor", MonitorJob.class, Finds.WINDOWS);

  /** One of ours, with the flags of {@code ./isotherm}. */
  static Job ours(String name, Class<?> main, Finds finds) {
    return new Job(name, Java.CLASS_PATH, main.getName(), LauncherProcess.JVM_FLAGS, finds);
  }

  /** Copies the flags. */
  Job {
    jvmFlags = List.copyOf(jvmFlags);
  }

  /** The same job with one more flag of the JVM. */
  Job with(String jvmFlag) {
    List<String> flags = new ArrayList<>(jvmFlags);
    flags.add(jvmFlag);
    return new Job(name, classPath, mainClass, flags, finds);
  }

  /** Whether there is a job of this name. */
  static boolean exists(String name, Path root) {
    return name.equals(RAW_CONSUMER.name) || name.equals(MONITOR.name) || file(name, root).exists();
  }

  private static File file(String name, Path root) {
    return root.resolve("benchmarks/peers").resolve(name + ".properties").toFile();
  }

  /**
   * The job of a name: one of ours, or a peer that {@code benchmarks/peers/NAME.properties}
   * describes. A peer has huge pages wherever the monitor has them, before its own flags, which may
   * say otherwise.
   *
   * @throws IOException if there is no such description, or a line of it is missing
   */
  static Job named(String name, Path root) throws IOException {
    for (Job ours : List.of(RAW_CONSUMER, MONITOR)) {
      if (ours.name.equals(name)) {
        return ours;
      }
    }
    Path file = file(name, root).toPath();
    if (!Files.isRegularFile(file)) {
      throw new IOException("job %s: there is no %s".formatted(name, file));
    }
    Properties p = new Properties();
    try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      p.load(reader);
    }
    String directory = required(p, "class-path", file);
    StringBuilder classPath = new StringBuilder();
    for (String part : directory.split(":", -1)) {
      classPath
          .append(classPath.isEmpty() ? "" : System.getProperty("path.separator"))
          .append(file.resolveSibling(part));
    }
    String flags = p.getProperty("jvm", "").strip();
    List<String> jvmFlags = new ArrayList<>(Java.hugePages());
    if (!flags.isEmpty()) {
      jvmFlags.addAll(List.of(flags.split("\\s+", -1)));
    }
    return new Job(name, classPath.toString(), required(p, "main", file), jvmFlags, Finds.WINDOWS);
  }

  private static String required(Properties p, String key, Path file) throws IOException {
    String value = p.getProperty(key);
    if (value == null) {
      throw new IOException("%s: the line '%s=...' is missing".formatted(file, key));
    }
    return value.strip();
  }
}
