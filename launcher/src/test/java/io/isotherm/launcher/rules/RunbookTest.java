package io.isotherm.launcher.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.isotherm.model.Report;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the runbook tells somebody to type. */
class RunbookTest {
  /** Bytes of a record that its key does not explain, by which a report is told from a tick. */
  private static final Pattern LIMIT = Pattern.compile("awk '\\$2 - \\$3 > (\\d+)'");

  private static final long NOW_MS = 1_790_000_000_000L;

  private final ReportWriter writer = new ReportWriter(SchemaHistory.bundled());

  @Test
  void kafkaOfTheComposeFileIsNamed() throws IOException {
    JsonNode ports = Compose.read().of("kafka", "ports");

    assertThat(ports).isNotEmpty();
    for (JsonNode port : ports) {
      String[] published = port.asText().split(":", -1);
      assertThat(Checkout.read(Checkout.RUNBOOK))
          .contains("`localhost:" + published[published.length - 2] + "`");
    }
  }

  @Test
  void theNewestReportsAreReadWithoutTheTicks() {
    Matcher limit = LIMIT.matcher(Checkout.read(Checkout.RUNBOOK));
    assertThat(limit.find()).isTrue();
    int most = Integer.parseInt(limit.group(1));

    Report tick = new Report();
    tick.tick = true;
    tick.pod = "pod-00-of-a-cluster-with-a-long-name";
    tick.timeMs = NOW_MS;
    assertThat(beyondItsKey(tick)).isLessThanOrEqualTo(most);

    // The shortest: of a bridge, whose start is a number of milliseconds in 1970, and without a
    // reading.
    Report report = new Report();
    report.pod = "pod-00";
    report.agentStartMs = 5_000;
    report.sequence = NOW_MS / 5_000;
    report.timeMs = NOW_MS;
    assertThat(beyondItsKey(report)).isGreaterThan(most);
  }

  private int beyondItsKey(Report report) {
    return writer.toBytes(report).length - report.pod.getBytes(StandardCharsets.UTF_8).length;
  }
}
