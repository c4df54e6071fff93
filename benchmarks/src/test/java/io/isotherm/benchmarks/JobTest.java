package io.isotherm.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JobTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path root;

  @BeforeEach
  void peers() throws IOException {
    Files.createDirectories(root.resolve("benchmarks/peers"));
  }

  private void describe(String name, String... lines) throws IOException {
    Files.write(root.resolve("benchmarks/peers/" + name + ".properties"), List.of(lines));
  }

  @Test
  void aPeerHasHugePagesWhereTheMonitorHasThemAndThenItsOwnFlags() throws IOException {
    describe("peer", "main=a.Peer", "class-path=x:y", "jvm=-Xmx2g  -XX:+UseParallelGC");
    List<String> expected =
        new ArrayList<>(
            Job.MONITOR.jvmFlags().stream().filter(flag -> flag.contains("HugePages")).toList());
    expected.addAll(List.of("-Xmx2g", "-XX:+UseParallelGC"));

    assertThat(Job.named("peer", root).jvmFlags()).isEqualTo(expected);

    describe("plain", "main=a.Peer", "class-path=x");
    assertThat(Job.named("plain", root).jvmFlags())
        .isEqualTo(expected.subList(0, expected.size() - 2));
  }

  @Test
  void aPeerWithoutAMainClassIsNamed() throws IOException {
    describe("peer", "class-path=x");

    assertThatIOException()
        .isThrownBy(() -> Job.named("peer", root))
        .withMessageContaining("peer.properties: the line 'main=...' is missing");
  }
}
