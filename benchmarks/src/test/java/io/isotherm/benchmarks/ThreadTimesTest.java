package io.isotherm.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ThreadTimesTest {
  @Test
  void allKindsTogetherAreTheProcess() {
    long before = JobRun.cpuNanos();
    Map<String, Long> kinds = ThreadTimes.nanos();
    long after = JobRun.cpuNanos();

    assertThat(kinds.values().stream().mapToLong(Long::longValue).sum()).isBetween(before, after);
    assertThat(kinds.get(ThreadTimes.MAIN)).isPositive();
  }

  @Test
  void theParallelCollectorHasThreadsOfItsOwn() throws Exception {
    Process process =
        new ProcessBuilder(
                Java.EXECUTABLE,
                "-XX:+UseParallelGC",
                "-XX:ParallelGCThreads=2",
                "-Xmx64m",
                "-cp",
                Java.CLASS_PATH,
                CollectorOfItsOwn.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).isZero();
    String[] times = said.split(" ", -1);
    // To mark and move is the work of those threads; the virtual machine's only waits for them.
    assertThat(Long.parseLong(times[0])).isGreaterThan(4 * Long.parseLong(times[1]));
  }

  /** Collects often, and says what that took by kind and by the virtual machine's thread alone. */
  static final class CollectorOfItsOwn {
    public static void main(String[] args) throws IOException {
      List<byte[]> kept = new ArrayList<>();
      for (int i = 0; i < 100_000; i++) {
        kept.add(new byte[64]);
      }
      try {
        for (int i = 0; i < 50; i++) {
          System.gc();
        }
      } finally {
        Reference.reachabilityFence(kept);
      }
      long alone = 0;
      try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
        for (Path task : tasks) {
          if (Files.readString(task.resolve("comm")).strip().equals("VM Thread")) {
            alone += Long.parseLong(Files.readString(task.resolve("schedstat")).split(" ", -1)[0]);
          }
        }
      }
      System.out.print(ThreadTimes.nanos().get(ThreadTimes.COLLECTOR) + " " + alone);
    }
  }
}
