package io.isotherm.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.model.Report;
import io.isotherm.readings.ReadingField;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class LinkNewsTest {
  private static final long NOW = 1_800_000_000_000L;

  private static final SortedMap<PartOfBoard, Map<ReadingField, Long>> NONE = new TreeMap<>();

  private final LinkNews news = new LinkNews();

  private static SortedMap<PartOfBoard, Map<ReadingField, Long>> link(
      int port, long errors, int state) {
    return new TreeMap<>(
        Map.of(
            new PartOfBoard(0, port),
            Map.of(ReadingField.LINK_CRC_ERRORS, errors, ReadingField.LINK_STATE, (long) state)));
  }

  private static SortedMap<PartOfBoard, Map<ReadingField, Long>> up(int port, long errors) {
    return link(port, errors, Report.LINK_UP);
  }

  @Test
  void whatIsNewIsTold() {
    assertThat(news.tell(List.of(up(5, 7)), NOW)).isTrue();
    assertThat(news.tell(List.of(up(5, 8)), NOW + 5_000)).isTrue();
  }

  @Test
  void whatWasNotRefreshedIsToldOnceAMinute() {
    assertThat(news.tell(List.of(up(5, 7)), NOW)).isTrue();
    assertThat(news.tell(List.of(up(5, 7)), NOW + 5_000)).isFalse();
    assertThat(news.tell(List.of(up(5, 7)), NOW + 59_999)).isFalse();
    assertThat(news.tell(List.of(up(5, 7)), NOW + 60_000)).isTrue();
    assertThat(news.tell(List.of(up(5, 7)), NOW + 65_000)).isFalse();
  }

  @Test
  void theExporterThatRefreshesMostRarelySaysWhen() {
    assertThat(news.tell(List.of(up(5, 7), up(18, 1)), NOW)).isTrue();
    assertThat(news.tell(List.of(up(5, 7), up(18, 2)), NOW + 5_000)).isFalse();
    assertThat(news.tell(List.of(up(5, 9), up(18, 3)), NOW + 10_000)).isTrue();
  }

  @Test
  void anExporterWithoutLinksIsNotWaitedFor() {
    assertThat(news.tell(List.of(NONE, up(18, 1)), NOW)).isTrue();
    assertThat(news.tell(List.of(NONE, up(18, 2)), NOW + 5_000)).isTrue();
  }

  @Test
  void aLinkThatFallsIsToldAtOnce() {
    assertThat(news.tell(List.of(up(5, 7), up(18, 1)), NOW)).isTrue();
    assertThat(news.tell(List.of(up(5, 7), link(18, 1, Report.LINK_DOWN)), NOW + 5_000)).isTrue();
    assertThat(news.tell(List.of(up(5, 7), link(18, 1, Report.LINK_DOWN)), NOW + 9_000)).isFalse();
  }

  @Test
  void countersThatWereOldWhenALinkFellAreNotToldAgainSoon() {
    assertThat(news.tell(List.of(up(5, 7), up(18, 1)), NOW)).isTrue();
    assertThat(news.tell(List.of(up(5, 7), link(18, 1, Report.LINK_DOWN)), NOW + 27_000)).isTrue();
    assertThat(news.tell(List.of(up(5, 37), link(18, 2, Report.LINK_DOWN)), NOW + 30_000))
        .isFalse();
    assertThat(news.tell(List.of(up(5, 37), link(18, 3, Report.LINK_DOWN)), NOW + 57_000)).isTrue();
    assertThat(news.tell(List.of(up(5, 67), link(18, 4, Report.LINK_DOWN)), NOW + 60_000)).isTrue();
  }

  @Test
  void anExporterThatIsNewOrGoneIsNews() {
    assertThat(news.tell(List.of(up(5, 7)), NOW)).isTrue();
    assertThat(news.tell(List.of(up(5, 7), up(18, 1)), NOW + 5_000)).isTrue();
  }

  @Test
  void aBoardWithoutLinksTellsOfNone() {
    assertThat(news.tell(List.of(NONE, NONE), NOW)).isFalse();
  }
}
