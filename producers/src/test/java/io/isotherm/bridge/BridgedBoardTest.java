package io.isotherm.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class BridgedBoardTest {
  /** The end of 1970. */
  private static final long YEAR_MS = 365L * 24 * 3_600_000;

  private static BridgedBoard board(BridgedBoard.Exporter... exporters) {
    return new BridgedBoard(0, 3, "pod-00/cab-000/board-3", List.of(exporters));
  }

  /** An exporter that is read by a mapping of its own, as after every look at the targets. */
  private static BridgedBoard.Exporter exporter(String url, String metric) {
    ExporterMapping mapping =
        ExporterMapping.parse(
            "my.yaml", "{chip: gpu, readings: {ecc_uncorrected: {metric: %s}}}".formatted(metric));
    return new BridgedBoard.Exporter(URI.create(url), new ExporterReadings("my.yaml", mapping));
  }

  private static BridgedBoard of(String host) {
    return board(exporter("http://" + host + ":9400/metrics", "dbe"));
  }

  @Test
  void aSpareInTheSamePlaceIsAnotherAgent() {
    assertThat(of("gpu-099").agentMs()).isNotEqualTo(of("gpu-017").agentMs());
    assertThat(of("gpu-099").asked()).isNotEqualTo(of("gpu-017").asked());
  }

  @Test
  void soIsOneOfWhomSomethingElseIsRead() {
    BridgedBoard.Exporter other = exporter("http://gpu-017:9400/metrics", "rows");
    assertThat(board(other).agentMs()).isNotEqualTo(of("gpu-017").agentMs());
    assertThat(board(other).asked()).isNotEqualTo(of("gpu-017").asked());
  }

  @Test
  void targetsThatAreReadAgainAreTheSameAgent() {
    assertThat(of("gpu-017").agentMs()).isEqualTo(of("gpu-017").agentMs());
    assertThat(of("gpu-017").asked()).isEqualTo(of("gpu-017").asked());
  }

  @Test
  void theOrderOfExportersMakesNoOtherAgent() {
    BridgedBoard.Exporter chips = exporter("http://gpu-017:9400/metrics", "dbe");
    BridgedBoard.Exporter cards = exporter("http://gpu-017:9100/metrics", "cards");
    assertThat(board(chips, cards).agentMs())
        .isEqualTo(board(cards, chips).agentMs())
        .isNotEqualTo(board(chips).agentMs());
  }

  @Test
  void startsLieIn1970AndHaveRoomForTheInterval() {
    List<Long> starts =
        IntStream.range(0, 1_000).mapToObj(i -> of("gpu-%03d".formatted(i)).agentMs()).toList();
    assertThat(starts).allSatisfy(ms -> assertThat(ms).isBetween(0L, YEAR_MS - 100_000));
    assertThat(starts).allSatisfy(ms -> assertThat(ms % 100_000).isZero());
    assertThat(starts.stream().distinct().count()).isGreaterThan(990);
  }

  /** Two bridges of a board must agree, also on different machines. */
  @Test
  void theStartIsTheSameInEveryProcess() {
    assertThat(Stream.of("gpu-017", "gpu-099").map(host -> of(host).agentMs()))
        .containsExactly(17_833_600_000L, 8_540_200_000L);
  }
}
