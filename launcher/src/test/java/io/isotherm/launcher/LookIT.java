package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.isotherm.jobs.JobTopic;
import io.isotherm.model.Placement;
import io.isotherm.schemas.SchemaHistory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code isotherm look} at a running pipeline. */
@Timeout(200)
final class LookIT {
  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  private static Ended look(EmbeddedBroker broker, String... arguments) {
    return Ended.isotherm(
        Stream.concat(
                Stream.of("look", "--wait", "1s", "--bootstrap-server", broker.bootstrapServer()),
                Stream.of(arguments))
            .toArray(String[]::new));
  }

  private static String done(Ended ended) {
    assertThat(ended.code()).as(ended.err()).isEqualTo(Main.DONE);
    assertThat(ended.out().lines())
        .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(80));
    return ended.out();
  }

  /** Places a job on the first three boards. */
  private static void place(String job, EmbeddedBroker broker, long fromMs, long untilMs)
      throws InterruptedException {
    Placement placement =
        new Placement(
            job, fromMs, untilMs, true, List.of(new Placement.Member("pod-00", 0, 3, "worker", 0)));
    try (JobTopic topic =
        new JobTopic(
            SchemaHistory.bundled(), Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      topic.publish(Map.of(job, placement), unknown -> Optional.empty());
    }
  }

  @Test
  void whatKafkaKnowsOfAPartIsShown() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null)) {
      // Given: nothing
      Ended nothing = look(broker, "pod-00");
      assertThat(nothing.code()).isEqualTo(Main.FAILED);
      assertThat(nothing.err())
          .isEqualToIgnoringNewLines(
              "isotherm look: there is no topic topology.pods at %s, or none that this user may read: a monitor makes it when it starts"
                  .formatted(broker.bootstrapServer()));

      // Given: a board that is silent for a minute, and one on which somebody works
      MonitorRuns.createTopics(broker);
      long now = System.currentTimeMillis();
      SilentBoards.publishPod(broker, now - 600_000);
      assertThat(done(look(broker, "pod-00"))).contains("not judged: there is no window of pod-00");
      Ended announced =
          Ended.isotherm(
              "maintenance",
              "pod-00/cab-001",
              "--for",
              "1h",
              "--reason",
              "pump",
              "--bootstrap-server",
              broker.bootstrapServer());
      assertThat(announced.code()).as(announced.err()).isEqualTo(Main.DONE);
      SilentBoards.judge(
          dir, broker, SilentBoards.reports(now - 90_000, 1, now - 60_000), now + 60_000);

      // Then: the pod and the cabinet
      String pod = done(look(broker, "pod-00"));
      assertThat(pod)
          .startsWith("pod-00\nstate    168 healthy, 8 unknown; window until ")
          .contains("away     maintenance until ", " by hand, 11 of 22 boards: pump")
          .contains("1 open incident:\n  warning   board_silent  pod-00/cab-000/board-0  for ")
          .containsPattern("PART +HEALTHY.*\\npod-00/cab-000  80 +0 +0 +0 +8 +\\d+ +1\\n");
      assertThat(done(look(broker, "pod-00/cab-000")))
          .containsPattern("heat     mean \\d+\\.\\d C, hottest .* kW\\n")
          .containsPattern("OPEN\\npod-00/cab-000/board-0 +0 +0 +0 +0 +8 +1\\n");

      // Then: the silent board, and one that reports
      String silent = done(look(broker, "pod-00/cab-000/board-0"));
      assertThat(silent)
          .contains("state    8 unknown; ", "board_silent")
          .containsPattern("report   of \\S+Z, [12]m\\d+s ago; agent");
      Path hosts =
          Files.writeString(
              dir.resolve("hosts.yaml"),
              "[{targets: ['gpu-001'], labels: {board: pod-00/cab-001/board-3}}]");
      String well = done(look(broker, "gpu-001", "--hosts", hosts.toString()));
      assertThat(well)
          .startsWith("pod-00/cab-001/board-3 (gpu-001)\nstate    8 healthy; ")
          .contains("away     maintenance until ", "No open incident")
          .containsPattern("\\n7 +healthy +\\d+\\.\\d +")
          .containsPattern("Links, read \\d+s ago: 144, 0 down, 0 narrow or with errors");
      assertThat(done(look(broker, "pod-00/cab-001/board-3/chip-2")))
          .containsPattern("chip-2/port-0 +up +\\d+ +0\\.0 +\\d+\\.\\d .*chip-0/port-1\\n");

      // Then: for programs
      Ended json = look(broker, "pod-00/cab-001/board-3", "-o", "json");
      JsonNode node = new ObjectMapper().readTree(json.out());
      assertThat(node.path("chips").size()).isEqualTo(8);
      assertThat(node.path("links").size()).isEqualTo(144);
      assertThat(node.path("links").path(0).path("tx_bytes_per_second").asDouble()).isPositive();
      assertThat(node.path("work").path(0).path("role").asText()).isEqualTo("maintenance");

      // Then: a job, once it is placed
      Ended none = look(broker, "job/llm");
      assertThat(none.code()).isEqualTo(Main.USAGE);
      assertThat(none.err()).startsWith("isotherm look: there is no job 'llm': no job is placed\n");
      place("llm", broker, now - 600_000, Long.MAX_VALUE);
      assertThat(done(look(broker, "job/llm")))
          .startsWith("job/llm\nplaced   since ")
          .contains("on 3 boards of pod-00, each waits for the", "state    16 healthy, 8 unknown; ")
          .contains("1 open incident:\n  warning   board_silent  pod-00/cab-000/board-0  for ")
          .containsPattern("\\nPART +UNKNOWN .*\\npod-00/cab-000/board-0 +8 ");
      JsonNode job = new ObjectMapper().readTree(look(broker, "job/llm", "-o", "json").out());
      assertThat(job.path("boards").size()).isEqualTo(3);
      place("over", broker, now - 600_000, now - 500_000);
      Ended over = look(broker, "job/over");
      assertThat(over.code()).isEqualTo(Main.USAGE);
      assertThat(over.err())
          .startsWith("isotherm look: job 'over' works nowhere since ")
          .contains("; what hit it: isotherm incidents --last 7d --under job/over\n");
      assertThat(look(broker, "job/ll").err())
          .startsWith("isotherm look: there is no job 'll': 1 is placed: llm\n");

      // Then: what is not there
      Ended unknown = look(broker, "pod-00/cab-002");
      assertThat(unknown.code()).isEqualTo(Main.USAGE);
      assertThat(unknown.err())
          .startsWith("isotherm look: 'pod-00/cab-002' is no part: pod-00 has cabinets 0 to 1\n");
    }
  }
}
