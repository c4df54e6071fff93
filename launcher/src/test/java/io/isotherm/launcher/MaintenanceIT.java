package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.isotherm.avro.Incident;
import io.isotherm.avro.PodHealth;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is announced by hand wakes nobody until it ends, by its time or by hand. */
@Timeout(300)
final class MaintenanceIT {
  private static final String CABINET = "pod-00/cab-000";

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  private static Ended maintenance(EmbeddedBroker broker, String... arguments) {
    return Ended.isotherm(
        Stream.concat(
                Stream.of("maintenance", "--bootstrap-server", broker.bootstrapServer()),
                Stream.of(arguments))
            .toArray(String[]::new));
  }

  private static String done(Ended ended) {
    assertThat(ended.code()).as(ended.err()).isEqualTo(Main.DONE);
    return ended.out();
  }

  private static List<Incident> silent(EmbeddedBroker broker, int board) {
    return MonitorRuns.read(broker, Topics.INCIDENTS).stream()
        .filter(i -> i.getSubject().equals(CABINET + "/board-" + board))
        .filter(i -> i.getRevision() == 1)
        .toList();
  }

  private static int inMaintenance(EmbeddedBroker broker, long timeMs) {
    return MonitorRuns.read(broker, Topics.POD_HEALTH).stream()
        .filter(h -> h.getWindowStartMs() <= timeMs)
        .reduce((a, b) -> b)
        .map(PodHealth::getChipsInMaintenance)
        .orElseThrow();
  }

  @Test
  void aSilentBoardRaisesNothingUntilItsMaintenanceEndsByItsTimeOrByHand() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null)) {
      // Given: board 0 is announced for a minute, 1 and 2 for an hour, and 1 is ended; 3 is not
      MonitorRuns.createTopics(broker);
      long announced = System.currentTimeMillis();
      SilentBoards.publishPod(broker, announced - 600_000);
      String told =
          done(maintenance(broker, CABINET + "/board-0", "--for", "60s", "--reason", "new fan"));
      assertThat(told)
          .matches(
              "In maintenance until \\S+Z \\(\\S+ local time\\): pod-00/cab-000/board-0; 1 boards,"
                  + " 8 chips\\. To end it: isotherm maintenance pod-00/cab-000/board-0 --end"
                  + " --bootstrap-server localhost:\\d+\\R");
      done(maintenance(broker, CABINET + "/board-1", CABINET + "/board-2/", "--for", "1h"));
      assertThat(done(maintenance(broker, CABINET + "/board-1", "--end")))
          .isEqualToIgnoringNewLines("Maintenance ends now: pod-00/cab-000/board-1");
      assertThat(done(maintenance(broker)))
          .containsPattern("pod-00/cab-000/board-0 +\\S+Z +\\S+Z +hand +new fan\\R")
          .contains("pod-00/cab-000/board-2  ");

      // When: all four are silent from a moment later on, and the monitor starts again meanwhile
      long silentMs = announced + 5_000;
      List<ProducerRecord<byte[], byte[]>> reports =
          SilentBoards.reports(announced - 30_000, 4, silentMs);
      long half = announced + 45_000;
      SilentBoards.judge(
          dir, broker, reports.stream().filter(r -> r.timestamp() < half).toList(), half);
      assertThat(silent(broker, 0)).isEmpty();
      assertThat(inMaintenance(broker, half)).isEqualTo(2 * 8);
      SilentBoards.judge(
          dir,
          broker,
          reports.stream().filter(r -> r.timestamp() >= half).toList(),
          announced + 120_000);

      // Then
      assertThat(silent(broker, 0))
          .singleElement()
          .satisfies(
              i ->
                  assertThat(i.getFirstSeenMs()).isBetween(announced + 50_000, announced + 80_000));
      assertThat(silent(broker, 1)).hasSize(1);
      assertThat(silent(broker, 2)).isEmpty();
      assertThat(silent(broker, 3))
          .singleElement()
          .satisfies(i -> assertThat(i.getFirstSeenMs()).isLessThan(announced + 30_000));
      assertThat(inMaintenance(broker, Long.MAX_VALUE)).isEqualTo(8);
    }
  }

  @Test
  void noTopicIsMadeButByWhatIsAnnounced() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null);
        Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      String missing =
          "isotherm maintenance: there is no topic %s at %s, or none that this user may read: a"
              + " monitor makes it when it starts";

      // When: there is nothing
      for (List<String> arguments :
          List.of(
              List.<String>of(), List.of("pod-00", "--for", "1h"), List.of("pod-00", "--end"))) {
        Ended ended = maintenance(broker, arguments.toArray(String[]::new));
        assertThat(ended.code()).isEqualTo(Main.FAILED);
        assertThat(ended.err())
            .isEqualToIgnoringNewLines(
                missing.formatted("topology.pods", broker.bootstrapServer()));
      }
      assertThat(admin.listTopics().names().get()).isEmpty();

      // When: there is a pod, and no topic of jobs
      admin.createTopics(List.of(Topics.PODS.newTopic())).all().get();
      SilentBoards.publishPod(broker, 0);
      Ended listed = maintenance(broker);
      assertThat(listed.code()).isEqualTo(Main.FAILED);
      assertThat(listed.err())
          .isEqualToIgnoringNewLines(missing.formatted("topology.jobs", broker.bootstrapServer()));
      assertThat(maintenance(broker, "pod-07", "--for", "1h").code()).isEqualTo(Main.USAGE);
      assertThat(admin.listTopics().names().get()).containsExactly("topology.pods");

      // Then
      done(maintenance(broker, "pod-00/cab-001", "--for", "1h"));
      assertThat(done(maintenance(broker))).contains("In maintenance: 11 boards, 88 chips");
    }
  }

  private static String notes(Ended announced) {
    done(announced);
    return announced.err();
  }

  @Test
  void thatTheClusterLivesInAnotherTimeIsSaid() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null)) {
      MonitorRuns.createTopics(broker);
      SilentBoards.publishPod(broker, 0);
      assertThat(notes(maintenance(broker, "pod-00", "--for", "1h"))).isEmpty();
      long now = System.currentTimeMillis();

      // When: what is judged is of now, and then of 2024, as in a replay
      MonitorRuns.write(broker, List.of(window(now)));
      assertThat(notes(maintenance(broker, "pod-00", "--for", "1h"))).isEmpty();
      List<ProducerRecord<byte[], byte[]>> windows = new ArrayList<>();
      for (int i = 0; i < 120; i++) {
        windows.add(window(1_704_067_200_000L + i * 10_000L));
      }
      MonitorRuns.write(broker, windows);

      // Then
      assertThat(notes(maintenance(broker, "pod-00", "--for", "1h")))
          .isEqualToIgnoringNewLines(
              "note: the newest window is of 2024-01-01T00:20:00Z; maintenance holds by the clock, so"
                  + " it hides nothing of a replay that has times of its own");
    }
  }

  private static ProducerRecord<byte[], byte[]> window(long startMs) {
    return new ProducerRecord<>(
        Topics.POD_HEALTH.name(),
        0,
        startMs,
        "pod-00".getBytes(StandardCharsets.UTF_8),
        Topics.POD_HEALTH
            .valueSerde(SchemaHistory.bundled())
            .serializer()
            .serialize(
                Topics.POD_HEALTH.name(),
                PodHealth.newBuilder(ExporterIT.window("pod-00"))
                    .setWindowStartMs(startMs)
                    .build()));
  }

  @Test
  void whatIsAnnouncedIsProlongedListedEndedAndLeftAloneByJobs() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null)) {
      // Given
      MonitorRuns.createTopics(broker);
      assertThat(done(maintenance(broker, "--list"))).isEqualTo("No maintenance is announced\n");
      SilentBoards.publishPod(broker, 0);
      Path hosts =
          Files.writeString(
              dir.resolve("hosts.yaml"),
              "[{targets: ['gpu-001:9400'], labels: {board: pod-00/cab-001/board-3}}]");

      // When: announced, prolonged, and a feed that lists nothing looks
      done(
          maintenance(
              broker,
              "gpu-001",
              "--hosts",
              hosts.toString(),
              "--for",
              "1h",
              "--reason",
              "a new\n\tfan"));
      done(maintenance(broker, "pod-00/cab-001/board-3", "--for", "30d"));
      done(maintenance(broker, "pod-00/cab-001", "--for", "1h"));
      for (String source : List.of("hand", "by", "slurm")) {
        done(
            Ended.isotherm(
                "jobs",
                hosts.toString(),
                "--preset",
                "atlas-960",
                "--source",
                source,
                "--command",
                "echo 'NAME|NODELIST'",
                "--once",
                "--bootstrap-server",
                broker.bootstrapServer()));
      }

      // Then
      String listed = done(maintenance(broker, "--hosts", hosts.toString()));
      assertThat(listed.lines()).hasSize(5);
      String far = Instant.now().plus(Duration.ofDays(30)).toString().substring(0, 8);
      assertThat(listed)
          .containsPattern(
              "pod-00/cab-001/board-3 \\(gpu-001\\) +\\S+Z +" + far + "\\S+Z +hand +a new fan\n")
          .contains("In maintenance: 11 boards, 88 chips");

      // When
      Ended ended = maintenance(broker, "pod-00/cab-001", "--end");

      // Then
      done(ended);
      assertThat(ended.err())
          .isEqualToIgnoringNewLines(
              "note: 1 of these boards are still in maintenance, by hand, of pod-00/cab-001/board-3");
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> done(maintenance(broker)).contains("In maintenance: 1 boards, 8 chips"));
      for (String part : List.of("pod-00/cab-001", "pod-00")) {
        Ended again = maintenance(broker, part, "--end");
        assertThat(again.code()).isEqualTo(Main.USAGE);
        assertThat(again.err())
            .startsWith(
                "isotherm maintenance: nothing is announced by hand of " + part + " as such");
      }
      Ended unknown = maintenance(broker, "pod-00/cab-002", "--for", "1h");
      assertThat(unknown.code()).isEqualTo(Main.USAGE);
      assertThat(unknown.err())
          .startsWith(
              "isotherm maintenance: 'pod-00/cab-002' is no part: pod-00 has cabinets 0 to 1\n");
    }
  }
}
