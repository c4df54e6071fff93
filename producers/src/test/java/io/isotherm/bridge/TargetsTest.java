package io.isotherm.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TargetsTest {
  private static final ClusterPlan PLAN =
      Catalog.bundled().plan("hgx-h100", new Overrides(null, 2, 2));

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  private Path file(String name, String text) throws IOException {
    return Files.writeString(dir.resolve(name), text);
  }

  private static List<String> urls(BridgedBoard board) {
    return board.exporters().stream().map(e -> e.url().toString()).toList();
  }

  @Test
  void filesAreThoseOfPrometheus() throws IOException {
    Path yaml =
        file(
            "a.yaml",
            """
            - targets: ["gpu-2:9400"]
              labels: {board: pod-01/cab-001/board-3, exporter: dcgm, rack: r7}
            - targets: ["[::1]:9100", gpu-2]
              labels: {board: pod-01/cab-001/board-3, exporter: node}
            """);
    Path json =
        file(
            "b.json",
            """
            [{"targets": ["gpu-1:9400"], "labels": {"board": "pod-00/cab-000/board-0", "exporter": "dcgm",
              "__scheme__": "https", "__metrics_path__": "/gpu?x=1", "__param_module": "a b", "__param_all": "1"}}]
            """);

    List<BridgedBoard> boards = Targets.read(List.of(yaml, json), PLAN);

    assertThat(boards)
        .extracting(BridgedBoard::path)
        .containsExactly("pod-00/cab-000/board-0", "pod-01/cab-001/board-3");
    assertThat(urls(boards.get(0))).containsExactly("https://gpu-1:9400/gpu?x=1&all=1&module=a+b");
    assertThat(urls(boards.get(1)))
        .containsExactly(
            "http://gpu-2:9400/metrics", "http://[::1]:9100/metrics", "http://gpu-2/metrics");
    assertThat(boards.get(1).pod()).isEqualTo(1);
    assertThat(boards.get(1).board()).isEqualTo(7);
  }

  @Test
  void aBoardIsTheSameHoweverItIsWritten() throws IOException {
    Path targets =
        file(
            "t.yaml",
            """
            - {targets: ["a:1"], labels: {board: pod-00/cab-000/board-0, exporter: dcgm}}
            - {targets: ["a:2"], labels: {board: pod-00/cab-0/board-00, exporter: node, __scheme__: }}
            """);
    List<BridgedBoard> boards = Targets.read(List.of(targets), PLAN);
    assertThat(boards).extracting(BridgedBoard::path).containsExactly("pod-00/cab-000/board-0");
    assertThat(urls(boards.get(0))).containsExactly("http://a:1/metrics", "http://a:2/metrics");
  }

  @Test
  void aMappingOfYourOwnLiesBesideTheTargets() throws IOException {
    file("mine.yaml", "{chip: slot, readings: {power: {metric: watts}}}");
    Path targets =
        file(
            "t.yaml",
            "[{targets: [a:1], labels: {board: pod-00/cab-000/board-0, exporter: mine.yaml}}]");
    assertThat(Targets.read(List.of(targets), PLAN).get(0).exporters().get(0).readings().fields())
        .containsExactly("power");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "`[]` | `: no target`",
        "`[{targets: [a:1], labels: {exporter: dcgm}}]` | `: group 1: no label 'board'`",
        "`[{targets: [a:1]}]` | `: group 1: no label 'board'`",
        "`[{targets: [a:1], labels: {board: pod-00/cab-000/board-0}}]` | `: group 1: no label 'exporter'`",
        "`[{labels: {board: pod-00/cab-000/board-0, exporter: dcgm}}]` | `: group 1: no 'targets'`",
        "`[{targets: [a:1], labels: {board: pod-00/cab-000/board-9, exporter: dcgm}}]` | `: group 1: 'pod-00/cab-000/board-9' is no board of hgx-h100, whose boards are pod-00/cab-000/board-0 to pod-01/cab-001/board-3`",
        "`[{targets: [a:1], labels: {board: pod-00/cab-000/board-0, exporter: dcmg}}]` | `: no exporter 'dcmg': there are dcgm, mlu, node, npu, and there is no file `",
        "`[{targets: ['a:b:c'], labels: {board: pod-00/cab-000/board-0, exporter: dcgm}}]` | `: group 1: target 'a:b:c' is no address; write host:port`",
        "`[{targets: ['http://a/m'], labels: {board: pod-00/cab-000/board-0, exporter: dcgm}}]` | `: group 1: target 'http://a/m' is no address; write host:port`",
        "`[{targets: [a:1, a:1], labels: {board: pod-00/cab-000/board-0, exporter: dcgm}}]` | `: group 1: http://a:1/metrics is there twice`",
        "`[{targets: [a:1], labels: {board: pod-00/cab-000/board-0, exporter: dcgm, __scheme__: ftp}}]` | `: group 1: __scheme__ is 'ftp', must be http or https`",
        "`[{targets: ['gpu_1:9400'], labels: {board: pod-00/cab-000/board-0, exporter: dcgm}}]` | `: group 1: target 'gpu_1:9400' has no host or port that a URL can have`",
        "`[{targets: ['a:99999'], labels: {board: pod-00/cab-000/board-0, exporter: dcgm}}]` | `: group 1: target 'a:99999' has no host or port that a URL can have`",
        "`nonsense: {` | `:1:`",
        "`[{targets: [a:1], labels: {board: pod-00/cab-000/board-0, board: pod-00/cab-000/board-1, exporter: dcgm}}]` | `:1:64: Duplicate field 'board'`",
        "`[{targets: [a:1], labels: {board: pod-00/cab-000/board-0, exporter: dcgm}}] []` | `:1:77: expected '<document start>', but found`",
        "`{targets: [a:1], label: {}}` | `: unknown field 'label'; there are labels, targets`",
      })
  void aMistakeIsNamedWithItsPlace(String text, String said) throws IOException {
    Path targets = file("t.yaml", text);
    assertThatExceptionOfType(BridgeException.class)
        .isThrownBy(() -> Targets.read(List.of(targets), PLAN))
        .withMessageStartingWith(targets + said);
  }

  @Test
  void aSecondDocumentIsNotLeftOut() throws IOException {
    String rack = "- {targets: [%s], labels: {board: pod-00/cab-000/board-%d, exporter: dcgm}}\n";
    Path targets = file("t.yaml", rack.formatted("a:1", 0) + "---\n" + rack.formatted("b:1", 1));
    assertThatExceptionOfType(BridgeException.class)
        .isThrownBy(() -> Targets.read(List.of(targets), PLAN))
        .withMessage(targets + ":3:1: a second document; expected only one");
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    Path nowhere = dir.resolve("nowhere.yaml");
    assertThatExceptionOfType(BridgeException.class)
        .isThrownBy(() -> Targets.read(List.of(nowhere), PLAN))
        .withMessage(nowhere + ": cannot be read: there is no such file or directory");
  }
}
