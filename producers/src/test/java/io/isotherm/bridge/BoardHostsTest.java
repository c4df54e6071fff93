package io.isotherm.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterBoard;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BoardHostsTest {
  private static final ClusterPlan PLAN =
      Catalog.bundled().plan("hgx-h100", new Overrides(null, 2, 2));

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  private Map<String, ClusterBoard> read(String text) throws IOException {
    return BoardHosts.read(List.of(Files.writeString(dir.resolve("hosts.yaml"), text)), PLAN);
  }

  @Test
  void hostsAreThoseOfTheTargetsOrNamed() throws IOException {
    assertThat(
            read(
                """
                - targets: ["gpu-1.site:9400", "gpu-1.site:9100"]
                  labels: {board: pod-00/cab-000/board-1, exporter: dcgm}
                - targets: ["10.0.0.7:9400"]
                  labels: {board: pod-01/cab-001/board-0, host: gpu-7}
                - targets: ["[fd00::7]:9400"]
                  labels: {board: pod-01/cab-001/board-1}
                - targets: [gpu-8]
                  labels: {board: pod-01/cab-001/board-2}
                """))
        .containsOnly(
            Map.entry("gpu-1.site", new ClusterBoard(0, 1)),
            Map.entry("gpu-7", new ClusterBoard(1, 4)),
            Map.entry("fd00::7", new ClusterBoard(1, 5)),
            Map.entry("gpu-8", new ClusterBoard(1, 6)));
  }

  @Test
  void whatNamesNoHostIsRefused() {
    assertThatExceptionOfType(BridgeException.class)
        .isThrownBy(() -> read("[]"))
        .withMessageEndingWith("hosts.yaml: no host");
    for (String target : List.of("~", "'http://gpu-1:9400'")) {
      assertThatExceptionOfType(BridgeException.class)
          .isThrownBy(
              () ->
                  read(
                      "[{targets: [%s], labels: {board: pod-00/cab-000/board-1}}]"
                          .formatted(target)))
          .withMessageContaining("is no address; write host or host:port");
    }
  }

  @Test
  void aHostIsOneBoard() {
    assertThatExceptionOfType(BridgeException.class)
        .isThrownBy(
            () ->
                read(
                    """
                    - targets: ["gpu-1:9400"]
                      labels: {board: pod-00/cab-000/board-1}
                    - targets: ["GPU-1:9100"]
                      labels: {board: pod-00/cab-000/board-2}
                    """))
        .withMessageEndingWith(
            "group 2: host 'GPU-1' is pod-00/cab-000/board-1 and pod-00/cab-000/board-2");
  }
}
