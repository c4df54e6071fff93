package io.isotherm.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * CPU time of the threads of this process by what they are there for.
 *
 * <p>Java tells it of its own threads; of those of the virtual machine only Linux does, which knows
 * them by the first fifteen letters of their names.
 */
final class ThreadTimes {
  /** The thread that runs {@code main}. */
  static final String MAIN = "main";

  /** The threads in which Kafka Streams judges. */
  static final String STREAM = "stream";

  /** The threads of Kafka's producers. */
  static final String SENDER = "sender";

  /** Java's just-in-time compilers. */
  static final String COMPILER = "compiler";

  /** The threads that collect garbage; one of them stops the others, for whatever else it does. */
  static final String COLLECTOR = "collector";

  /** All others, those that have ended among them. */
  static final String OTHERS = "others";

  private static final Path TASKS = Path.of("/proc/self/task");

  private ThreadTimes() {}

  /** Nanoseconds of CPU since the process began, by kind. */
  static Map<String, Long> nanos() {
    Map<String, Long> all = new TreeMap<>();
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    for (long id : threads.getAllThreadIds()) {
      ThreadInfo info = threads.getThreadInfo(id);
      String kind = info == null ? null : ofJava(info.getThreadName());
      if (kind != null) {
        all.merge(kind, Math.max(0, threads.getThreadCpuTime(id)), Long::sum);
      }
    }
    addMachine(all);
    long known = all.values().stream().mapToLong(Long::longValue).sum();
    all.put(OTHERS, JobRun.cpuNanos() - known);
    return all;
  }

  private static @Nullable String ofJava(String name) {
    if (name.equals("main")) {
      return MAIN;
    }
    if (name.startsWith("kafka-producer-network-thread")) {
      return SENDER;
    }
    return name.contains("-StreamThread-") ? STREAM : null;
  }

  private static @Nullable String ofMachine(String name) {
    if (name.startsWith("C1 Compiler") || name.startsWith("C2 Compiler")) {
      return COMPILER;
    }
    // The serial collector has no thread of its own, the parallel one has these.
    return name.equals("VM Thread") || name.startsWith("GC Thread") ? COLLECTOR : null;
  }

  private static void addMachine(Map<String, Long> all) {
    if (!Files.isDirectory(TASKS)) {
      return;
    }
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(TASKS)) {
      for (Path task : tasks) {
        String kind = ofMachine(Files.readString(task.resolve("comm")).strip());
        if (kind != null) {
          String times = Files.readString(task.resolve("schedstat"));
          all.merge(kind, Long.parseLong(times.substring(0, times.indexOf(' '))), Long::sum);
        }
      }
    } catch (IOException e) {
      // A thread that ended meanwhile; what it took is among the others.
    }
  }
}
