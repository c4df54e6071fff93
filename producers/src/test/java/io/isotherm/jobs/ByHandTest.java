package io.isotherm.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.isotherm.model.Placement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ByHandTest {
  private static final long NOW = 1_800_000_000_000L;
  private static final long HOUR = 3_600_000;
  private static final String PATH = "pod-00/cab-003";
  private static final String NAME = "hand:pod-00:cab-003";
  private static final Placement.Member CABINET =
      new Placement.Member("pod-00", 24, 8, "maintenance", 0);

  private static Placement placement(String name, long fromMs, long untilMs) {
    return new Placement(name, fromMs, untilMs, false, List.of(CABINET));
  }

  private static Map<String, @Nullable Placement> announced(
      Map<String, Placement> known, long untilMs) {
    return ByHand.announce(known, Map.of(PATH, CABINET), NOW, untilMs);
  }

  @Test
  void whatIsAnnouncedBeginsInAMomentAndEndsByItself() {
    assertThat(announced(Map.of(), NOW + HOUR))
        .containsExactly(Map.entry(NAME, placement(NAME, NOW + 2_000, NOW + HOUR)));
  }

  @Test
  void whatIsAnnouncedAgainGoesOnWithoutAGapUntilTheNewTime() {
    Map<String, Placement> known = Map.of(NAME, placement(NAME, NOW - HOUR, NOW + 10_000));
    assertThat(announced(known, NOW + HOUR))
        .containsExactly(Map.entry(NAME, placement(NAME, NOW - HOUR, NOW + HOUR)));

    // One that is over, and one that a clock ahead of this one wrote, begin anew.
    for (Placement before :
        List.of(placement(NAME, NOW - HOUR, NOW), placement(NAME, NOW + HOUR, NOW + 2 * HOUR))) {
      assertThat(announced(Map.of(NAME, before), NOW + HOUR))
          .containsExactly(Map.entry(NAME, placement(NAME, NOW + 2_000, NOW + HOUR)));
    }
  }

  @Test
  void whatIsEndedEndsInAMomentAndNoLaterThanItWouldHave() {
    for (long until : List.of(NOW + HOUR, NOW + 1_000)) {
      Map<String, Placement> known = Map.of(NAME, placement(NAME, NOW - HOUR, until));
      assertThat(ByHand.announced(known, PATH, NOW)).isNotNull();
      assertThat(ByHand.end(known, List.of(PATH), NOW))
          .containsExactly(
              Map.entry(NAME, placement(NAME, NOW - HOUR, Math.min(until, NOW + 2_000))));
    }
    Map<String, Placement> over = Map.of(NAME, placement(NAME, NOW - HOUR, NOW));
    assertThat(ByHand.announced(over, PATH, NOW)).isNull();
    assertThat(ByHand.end(over, List.of(PATH), NOW)).isEmpty();
  }

  @Test
  void whatEndedADayAgoIsRemovedByWhoeverPublishesNext() {
    Map<String, Placement> known = new HashMap<>();
    for (String name : List.of("hand:old", "hand:young", "slurm-old")) {
      known.put(name, placement(name, 1, name.endsWith("old") ? NOW - 24 * HOUR - 1 : NOW - HOUR));
    }
    assertThat(announced(known, NOW + HOUR))
        .containsOnlyKeys(NAME, "hand:old")
        .containsEntry("hand:old", null);
    assertThat(ByHand.end(known, List.of(), NOW)).containsOnlyKeys("hand:old");
  }

  /** A feed ends all that begins with its source and a hyphen. */
  @Test
  void noFeedCanHaveASourceThatTheNamesBeginWith() {
    String name = ByHand.name("pod-00/cab-003/board-1");
    for (int i = name.indexOf('-'); i >= 0; i = name.indexOf('-', i + 1)) {
      String source = name.substring(0, i);
      assertThatThrownBy(() -> new JobFeed.Settings(source, 1))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
