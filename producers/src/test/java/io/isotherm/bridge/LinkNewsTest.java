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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
    // By now port 18 is known to be refreshed often.
    assertThat(tell(115, up(5, 8), up(18, 3))).isEqualTo("5:7 18:3");
  }

  @Test
  void aLinkThatFallsMakesNoRateOfAnotherMoreThanTwiceWhatItIs() {
    assertThat(tell(85, up(5, -15), up(18, 0))).isEqualTo("5:-15 18:0");
    assertThat(tell(100, up(5, 0), up(18, 1))).isEqualTo("5:0 18:1");
    assertThat(tell(127, up(5, 0), down(18, 2))).isEqualTo("5:0 18:2down");
    assertThat(tell(130, up(5, 30), down(18, 3))).isEmpty();
    assertThat(tell(157, up(5, 30), down(18, 4))).isEmpty();
    assertThat(tell(160, up(5, 60), down(18, 5))).isEqualTo("5:60 18:5down");
    assertThat(tell(190, up(5, 90), down(18, 6))).isEqualTo("5:90 18:6down");
  }

  /**
   * Port 18 changes with every round or second one, and port 5 has an error a second, which its
   * exporter tells of as rarely as it refreshes.
   */
  @ParameterizedTest
  @CsvSource({
    "5, 5, 0",
    "5, 10, 5",
    "5, 15, 10",
    "5, 30, 0",
    "5, 30, 5",
    "5, 30, 20",
    "10, 5, 0",
    "10, 15, 5",
    "10, 30, 0",
    "10, 30, 15",
    "15, 30, 10",
  })
  void aLinkThatChangesAllTheTimeHoldsBackNoErrorsOfAnother(int toggles, int refreshes, int first) {
    long told = 0;
    int toldAt = 0;
    boolean toldUp = true;
    int trueAt = 0;
    for (int second = 0; second <= 600; second += 5) {
      long errors = Math.floorDiv(second - first, refreshes) * (long) refreshes + first;
      boolean isUp = second / toggles % 2 == 0;
      String text = tell(second, up(5, errors), isUp ? up(18, second) : down(18, second));
      if (!text.isEmpty()) {
        long now = Long.parseLong(text.substring(2, text.indexOf(' ')));
        assertThat(second == 0 ? 0 : now - told)
            .as("errors told at %d s", second)
            .isBetween(0L, 2L * (second - toldAt));
        told = now;
        toldAt = second;
        toldUp = !text.endsWith("down");
      }
      trueAt = toldUp == isUp ? second : trueAt;
      assertThat(told).as("errors by %d s", second).isGreaterThanOrEqualTo(second - refreshes - 45);
      assertThat(second - trueAt).as("late at %d s", second).isLessThanOrEqualTo(15);
    }
  }

  /**
   * Port 5 has an error a second, of which its exporter tells every 30 s, and port 18 changes with
   * every round or second or third one; now and then the first exporter does not answer.
   */
  @ParameterizedTest
  @ValueSource(ints = {5, 10, 15})
  void anAnswerThatDoesNotComeMakesNoRateMoreThanTwiceWhatItIs(int toggles) {
    long told = 0;
    int toldAt = 0;
    boolean toldBefore = false;
    for (int second = 0; second <= 3_000; second += 5) {
      long errors = Math.floorDiv(second - 15, 30) * 30L + 15;
      boolean isUp = second / toggles % 2 == 0;
      String text =
          tell(
              second,
              second % 125 == 35 ? NONE : up(5, errors),
              isUp ? up(18, second) : down(18, second));
      if (text.startsWith("5:")) {
        long now = Long.parseLong(text.substring(2, text.indexOf(' ')));
        // What a report does not tell of has nothing in it that the next could be held to.
        assertThat(toldBefore ? now - told : 0)
            .as("errors told at %d s", second)
            .isBetween(0L, 2L * (second - toldAt));
        told = now;
      }
      toldAt = text.isEmpty() ? toldAt : second;
      toldBefore = text.isEmpty() ? toldBefore : text.startsWith("5:");
      assertThat(told).as("errors by %d s", second).isGreaterThanOrEqualTo(second - 30 - 45);
    }
  }

  @Test
  void whatIsUntoldStaysAsOldAsItIsThoughAnAnswerDoesNotCome() {
    assertThat(tell(100, up(5, 0), up(18, 1))).isEqualTo("5:0 18:1");
    assertThat(tell(127, up(5, 0), down(18, 2))).isEqualTo("5:0 18:2down");
    assertThat(tell(130, up(5, 30), down(18, 3))).isEmpty();
    assertThat(tell(135, NONE, down(18, 3))).isEmpty();
    assertThat(tell(140, up(5, 30), up(18, 4))).isEqualTo("5:0 18:4");
  }

  @Test
  void whatFallsWithinAQuarterOfAMinuteIsToldAtOnce() {
    assertThat(tell(100, up(5, 0), up(18, 1))).isEqualTo("5:0 18:1");
    assertThat(tell(115, up(5, 0), down(18, 4))).isEqualTo("5:0 18:4down");
    assertThat(tell(120, up(5, 30), up(18, 5))).isEqualTo("5:0 18:5");
    assertThat(tell(125, up(5, 30), down(18, 6))).isEqualTo("5:0 18:6down");
    assertThat(tell(130, up(5, 30), up(18, 7))).isEqualTo("5:0 18:7");
    // Now it waits for port 5, even if it is as it was told.
    assertThat(tell(135, up(5, 30), down(18, 8))).isEmpty();
    assertThat(tell(140, up(5, 30), up(18, 9))).isEmpty();
    assertThat(tell(145, up(5, 30), up(18, 10))).isEqualTo("5:30 18:10");
    assertThat(tell(150, up(5, 60), down(18, 11))).isEqualTo("5:30 18:11down");
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
