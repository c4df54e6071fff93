package io.isotherm.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.model.Report;
import io.isotherm.readings.ReadingField;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** One exporter of a board refreshes port 5 every 30 s, another port 18 whenever it is asked. */
final class LinkNewsTest {
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

  private static SortedMap<PartOfBoard, Map<ReadingField, Long>> down(int port, long errors) {
    return link(port, errors, Report.LINK_DOWN);
  }

  private String tell(int second, SortedMap<PartOfBoard, Map<ReadingField, Long>> only) {
    return tell(second, List.of(only));
  }

  private String tell(
      int second,
      SortedMap<PartOfBoard, Map<ReadingField, Long>> first,
      SortedMap<PartOfBoard, Map<ReadingField, Long>> other) {
    return tell(second, List.of(first, other));
  }

  /** What is told of the ports at a second: errors and state of each; empty if nothing is. */
  private String tell(
      int second, List<SortedMap<PartOfBoard, Map<ReadingField, Long>>> ofExporters) {
    @Nullable SortedMap<PartOfBoard, Map<ReadingField, Long>> links =
        news.tell(ofExporters, second * 1_000L);
    StringBuilder text = new StringBuilder();
    if (links != null) {
      links.forEach(
          (part, of) ->
              text.append(text.isEmpty() ? "" : " ")
                  .append(part.port())
                  .append(':')
                  .append(of.get(ReadingField.LINK_CRC_ERRORS))
                  .append(
                      Long.valueOf(Report.LINK_UP).equals(of.get(ReadingField.LINK_STATE))
                          ? ""
                          : "down"));
    }
    return text.toString();
  }

  @Test
  void whatIsNewIsTold() {
    assertThat(tell(100, up(5, 7))).isEqualTo("5:7");
    assertThat(tell(120, up(5, 8))).isEqualTo("5:8");
    assertThat(tell(125, up(5, 9))).isEqualTo("5:9");
  }

  @Test
  void whatWasNotRefreshedIsToldOnceAMinute() {
    assertThat(tell(100, up(5, 7))).isEqualTo("5:7");
    assertThat(tell(105, up(5, 7))).isEmpty();
    assertThat(tell(159, up(5, 7))).isEmpty();
    assertThat(tell(160, up(5, 7))).isEqualTo("5:7");
    assertThat(tell(165, up(5, 7))).isEmpty();
  }

  @Test
  void theExporterThatRefreshesMostRarelySaysWhen() {
    assertThat(tell(100, up(5, 0), up(18, 1))).isEqualTo("5:0 18:1");
    assertThat(tell(105, up(5, 0), up(18, 2))).isEmpty();
    assertThat(tell(110, up(5, 0), up(18, 3))).isEmpty();
    assertThat(tell(130, up(5, 30), up(18, 4))).isEqualTo("5:30 18:4");
    assertThat(tell(135, up(5, 30), up(18, 5))).isEmpty();
    assertThat(tell(160, up(5, 60), up(18, 6))).isEqualTo("5:60 18:6");
  }

  @Test
  void whatABridgeFindsWhenItStartsWasNotJustRefreshed() {
    assertThat(tell(125, up(5, 0), up(18, 1))).isEqualTo("5:0 18:1");
    assertThat(tell(130, up(5, 30), up(18, 2))).isEmpty();
    assertThat(tell(135, up(5, 30), up(18, 3))).isEmpty();
    assertThat(tell(145, up(5, 30), up(18, 4))).isEmpty();
    assertThat(tell(160, up(5, 60), up(18, 5))).isEqualTo("5:60 18:5");
  }

  @Test
  void anExporterWithoutLinksIsNotWaitedFor() {
    assertThat(tell(100, NONE, up(18, 1))).isEqualTo("18:1");
    assertThat(tell(115, NONE, up(18, 2))).isEqualTo("18:2");
    assertThat(tell(120, NONE, up(18, 3))).isEqualTo("18:3");
  }

  @Test
  void aLinkThatFallsIsToldAtOnceWithTheCountersThatWereToldLast() {
    assertThat(tell(100, up(5, 7), up(18, 1))).isEqualTo("5:7 18:1");
    assertThat(tell(105, up(5, 8), down(18, 2))).isEqualTo("5:7 18:1down");
    assertThat(tell(110, up(5, 8), down(18, 2))).isEmpty();
    assertThat(tell(115, up(5, 8), up(18, 3))).isEqualTo("5:7 18:1");
  }

  @Test
  void aLinkThatFallsMakesNoRateOfAnotherMoreThanTwiceWhatItIs() {
    assertThat(tell(85, up(5, -15), up(18, 0))).isEqualTo("5:-15 18:0");
    assertThat(tell(100, up(5, 0), up(18, 1))).isEqualTo("5:0 18:1");
    assertThat(tell(127, up(5, 0), down(18, 2))).isEqualTo("5:0 18:1down");
    assertThat(tell(130, up(5, 30), down(18, 3))).isEmpty();
    assertThat(tell(157, up(5, 30), down(18, 4))).isEmpty();
    assertThat(tell(160, up(5, 60), down(18, 5))).isEqualTo("5:60 18:5down");
    assertThat(tell(190, up(5, 90), down(18, 6))).isEqualTo("5:90 18:6down");
  }

  @Test
  void anExporterThatIsNewOrGoneIsNews() {
    assertThat(tell(100, up(5, 7))).isEqualTo("5:7");
    assertThat(tell(105, up(5, 7), up(18, 1))).isEqualTo("5:7 18:1");
  }

  @Test
  void aBoardWithoutLinksTellsOfNone() {
    assertThat(tell(100, NONE, NONE)).isEmpty();
  }
}
