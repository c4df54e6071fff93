package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.isotherm.avro.FaultEvent;
import io.isotherm.avro.FaultKind;
import io.isotherm.avro.InjectedFault;
import io.isotherm.producers.EmulatorStatus;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class DemoSummaryTest {
  private static final FaultScore NOTHING = new FaultScore(List.of(), List.of());

  private static DemoSummary summary(long skipped, long refused) {
    return summary(new EmulatorStatus(16, 100, skipped, 0, refused, 0, 0, 0, 0));
  }

  private static DemoSummary summary(EmulatorStatus emulated) {
    return summary(NOTHING, emulated);
  }

  private static DemoSummary summary(FaultScore score, EmulatorStatus emulated) {
    return new DemoSummary(
        score, "digest", emulated, 16, 0, 10, 0, Duration.ofSeconds(20), 0.5, -1);
  }

  private static String table(DemoSummary summary) {
    StringWriter text = new StringWriter();
    summary.table(new PrintWriter(text));
    return text.toString();
  }

  @Test
  void itSaysThatTheEmulatorCouldNotKeepUp() {
    assertThat(table(summary(3, 0))).contains("left out 3 intervals").doesNotContain("Lost");
  }

  @Test
  void itSaysThatReportsWereLeftOutWithinAnInterval() {
    DemoSummary summary = summary(new EmulatorStatus(16, 100, 0, 7, 0, 0, 0, 0, 0));
    assertThat(table(summary)).contains("left out 7 more reports").doesNotContain("intervals");
  }

  @Test
  void itSaysThatRecordsWereLost() {
    assertThat(table(summary(0, 2)))
        .contains("Kafka did not take 2 records")
        .doesNotContain("Too slow");
  }

  @Test
  void itSaysHowManyRandomFaultsFoundNoPlace() throws IOException {
    DemoSummary summary = summary(new EmulatorStatus(16, 100, 0, 0, 0, 5, 1, 3, 0));
    assertThat(table(summary)).contains("Left out: 3 random faults");
    assertThat(table(summary(0, 0))).doesNotContain("Left out");
    StringWriter text = new StringWriter();
    summary.json(new PrintWriter(text));
    assertThat(new ObjectMapper().readTree(text.toString()).path("faults_left_out").asInt())
        .isEqualTo(3);
  }

  @Test
  void whatCouldNotBeFoundIsNamedWithItsReasonAndNotCounted() throws IOException {
    InjectedFault fault =
        InjectedFault.newBuilder()
            .setId("fault-001")
            .setEvent(FaultEvent.STARTED)
            .setKind(FaultKind.SILENT_DATA_CORRUPTION)
            .setPod("pod-00")
            .setSubject("pod-00/cab-000/board-0/chip-0")
            .setStartMs(1_000)
            .setEndMs(null)
            .setScenario("test")
            .setSeed(1)
            .build();
    FaultScore score =
        FaultScore.of(List.of(fault), List.of(), Map.of(), List.of(), Long.MAX_VALUE);
    DemoSummary summary = summary(score, new EmulatorStatus(16, 100, 0, 0, 0, 1, 1, 0, 0));

    assertThat(table(summary))
        .contains("not found  does not count: nothing can be seen of it")
        .contains(
            "Faults: 0, found by exactly one incident: 0; 1 more that do not count; incidents of no fault: 0");
    StringWriter text = new StringWriter();
    summary.json(new PrintWriter(text));
    JsonNode json = new ObjectMapper().readTree(text.toString()).at("/faults/0");
    assertThat(json.path("found").asBoolean()).isFalse();
    assertThat(json.path("counts").asBoolean()).isFalse();
    assertThat(json.path("excluded").asText()).isEqualTo("nothing can be seen of it");
  }

  @Test
  void itSaysNeitherIfAllWasWell() {
    assertThat(table(summary(0, 0)))
        .contains("16 of 16 accounted for; 100 reports")
        .doesNotContain("Too slow")
        .doesNotContain("Lost");
  }

  @Test
  void theJsonHasBothCountsAndTheDigest() throws IOException {
    StringWriter text = new StringWriter();
    summary(3, 2).json(new PrintWriter(text));
    JsonNode json = new ObjectMapper().readTree(text.toString());

    assertThat(json.path("intervals_skipped").asLong()).isEqualTo(3);
    assertThat(json.path("reports_skipped").asLong()).isZero();
    assertThat(json.path("records_refused").asLong()).isEqualTo(2);
    assertThat(json.at("/incidents/sha256").asText()).isEqualTo("digest");
  }
}
