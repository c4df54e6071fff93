package io.isotherm.score;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.avro.IncidentKind;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class RaisedTest {
  private static Raised raised(IncidentKind kind, String pod, Set<String> explains) {
    return new Raised(
        "id", kind, pod, "subject", 1_000, 1_000, 9_000, "", explains, List.of(), List.of());
  }

  @Test
  void theSiteExplainsItsFindingsInItsPodsAndOfJobsOverSeveral() {
    Raised site =
        raised(
            IncidentKind.SITE_FAULT,
            "",
            Raised.explains(IncidentKind.SITE_FAULT, List.of("job_slow"), List.of("pod-00")));

    assertThat(site.explains(raised(IncidentKind.JOB_SLOW, "pod-00", Set.of()))).isTrue();
    assertThat(site.explains(raised(IncidentKind.JOB_SLOW, "", Set.of()))).isTrue();
    assertThat(site.explains(raised(IncidentKind.JOB_SLOW, "pod-01", Set.of()))).isFalse();
    assertThat(site.explains(raised(IncidentKind.JOB_HANG, "", Set.of()))).isFalse();
  }
}
