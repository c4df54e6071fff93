package io.isotherm.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class JobScheduleTest {
  private final JobSchedule schedule = new JobSchedule(3);

  private void enter(String job, long fromMs, long untilMs) {
    schedule.enter(
        new Placement(
            job,
            fromMs,
            untilMs,
            true,
            List.of(new Placement.Member("pod-00", 0, 1, "worker", 0))));
  }

  private List<String> spans() {
    return schedule.placements().stream()
        .map(p -> p.job() + " " + p.fromMs() + "-" + p.untilMs())
        .toList();
  }

  @Test
  void aLaterWordEndsTheOneBeforeWhereItBegins() {
    enter("b", 0, 100);
    enter("a", 0, 100);
    enter("a", 40, 60);
    assertThat(spans()).containsExactly("a 0-40", "b 0-100", "a 40-60");
  }

  @Test
  void aPlacementThatHasEndedByThenStaysAsItIs() {
    enter("a", 0, 10);
    enter("a", 40, 60);
    assertThat(spans()).containsExactly("a 0-10", "a 40-60");
  }

  @Test
  void aLaterWordReplacesAllThatWasToBeginAtOrAfterIt() {
    enter("a", 0, 100);
    enter("a", 40, 100);
    enter("a", 60, 100);
    enter("a", 40, 50);
    assertThat(spans()).containsExactly("a 0-40", "a 40-50");
  }

  @Test
  void theOldestIsForgottenAndSoIsAJobThatIsRemoved() {
    for (int i = 0; i < 5; i++) {
      enter("a", 10L * i, 100);
    }
    assertThat(spans()).containsExactly("a 20-30", "a 30-40", "a 40-100");

    schedule.remove("a");
    assertThat(spans()).isEmpty();
  }
}
