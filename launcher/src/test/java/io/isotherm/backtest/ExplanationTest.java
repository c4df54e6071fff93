package io.isotherm.backtest;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.core.IncidentEvent;
import io.isotherm.core.IncidentEvent.Severity;
import io.isotherm.core.IncidentKind;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ExplanationTest {
  private static final long AT = 1_800_000_000_000L;

  private static IncidentEvent event(
      int revision, IncidentEvent.Type type, IncidentKind kind, String summary) {
    return new IncidentEvent(
        "0123456789abcdef",
        revision,
        type,
        kind,
        Severity.CRITICAL,
        "pod-00",
        "job/train-0",
        AT,
        AT,
        AT + revision * 10_000L,
        64,
        summary,
        "do this about " + kind,
        List.of(),
        List.of(),
        0,
        List.of());
  }

  @Test
  void anIncidentThatBecameAnotherKindIsToldAsThat() {
    IncidentLife life =
        new IncidentLife(
            List.of(
                event(1, IncidentEvent.Type.OPENED, IncidentKind.JOB_HANG, "it stands still"),
                event(2, IncidentEvent.Type.UPDATED, IncidentKind.JOB_CRASHED, "it crashed"),
                event(3, IncidentEvent.Type.RESOLVED, IncidentKind.JOB_CRASHED, "it is over")));
    StringBuilder out = new StringBuilder();

    Explanation.story(life, out);

    assertThat(out.toString())
        .startsWith("job_crashed at job/train-0")
        .contains("it crashed", "do this about JOB_CRASHED")
        .doesNotContain("it stands still", "do this about JOB_HANG")
        .containsPattern("opened .* job_hang, critical, 64 chips")
        .containsPattern("updated .* job_crashed, critical, 64 chips");
  }
}
