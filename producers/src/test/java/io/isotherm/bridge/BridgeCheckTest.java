package io.isotherm.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BridgeCheckTest {
  private static final int BOARDS = 200;

  private static final ClusterPlan PLAN =
      Catalog.bundled().plan("hgx-h100", new Overrides(null, 1, BOARDS / 4));

  private final List<CheckedExporter> shown = new ArrayList<>();

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  /** Of exporters that refuse to be asked. */
  @BeforeEach
  void writeTargets() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      writeTargets(free.getLocalPort());
    }
  }

  private void writeTargets(int port) throws IOException {
    StringBuilder targets = new StringBuilder();
    for (int i = 0; i < BOARDS; i++) {
      targets.append(
          """
          - targets: ["127.0.0.1:%d"]
            labels: {board: pod-00/cab-%03d/board-%d, exporter: dcgm, __param_of: "%d"}
          """
              .formatted(port, i / 4, i % 4, i));
    }
    Files.writeString(dir.resolve("targets.yaml"), targets);
  }

  private boolean check(int mostShown) {
    return Bridge.check(
        PLAN,
        List.of(dir.resolve("targets.yaml")),
        Duration.ofSeconds(5),
        shown::add,
        () -> shown.size() >= mostShown);
  }

  @Test
  void eachBoardIsAskedAndShown() {
    assertThat(check(Integer.MAX_VALUE)).isTrue();
    assertThat(shown).hasSize(BOARDS).doesNotHaveDuplicates();
    assertThat(shown).allSatisfy(e -> assertThat(e.failure()).isEqualTo("connection refused"));
  }

  @Test
  void anAnswerThatDoesNotComeIsNotWaitedForOnceItIsStopped() throws IOException {
    // Connections are made, and nobody reads what is asked on them.
    try (ServerSocket mute = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      writeTargets(mute.getLocalPort());
      AtomicInteger looks = new AtomicInteger();
      long begun = System.nanoTime();
      assertThat(
              Bridge.check(
                  PLAN,
                  List.of(dir.resolve("targets.yaml")),
                  Duration.ofMinutes(1),
                  shown::add,
                  () -> looks.incrementAndGet() > 2))
          .isFalse();
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(30));
    }
    assertThat(shown).isEmpty();
  }

  @Test
  void answersAreShownAsTheyComeAndNoMoreBoardsAreAskedOnceItIsStopped() {
    assertThat(check(1)).isFalse();
    assertThat(shown).hasSizeBetween(1, BOARDS / 2);
  }
}
