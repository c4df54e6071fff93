package io.isotherm.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BoardPathsTest {
  private static final ClusterPlan PLAN =
      Catalog.bundled().plan("hgx-h100", new Overrides(null, 2, 3));

  private final BoardPaths paths = new BoardPaths(PLAN);

  @Test
  void everyBoardIsFoundByItsPath() {
    for (int pod = 0; pod < 2; pod++) {
      for (int board = 0; board < PLAN.pods().get(pod).boards(); board++) {
        ClusterBoard it = new ClusterBoard(pod, board);
        assertThat(paths.find(paths.pathOf(it))).isEqualTo(it);
      }
    }
    assertThat(paths.pathOf(new ClusterBoard(1, 9))).isEqualTo("pod-01/cab-002/board-1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "pod-00",
        "pod-00/cab-000",
        "pod-02/cab-000/board-0",
        "pod-00/cab-003/board-0",
        "pod-00/cab-000/board-4",
        "pod-00/cab-000/board--1",
        "pod-00/cab-000/board-0/chip-1",
        "/cab-000/board-0",
        "pod-00/cab-0000000/board-0"
      })
  void whatIsNoBoardOfTheClusterIsNotFound(String path) {
    assertThat(paths.find(path)).isNull();
  }
}
