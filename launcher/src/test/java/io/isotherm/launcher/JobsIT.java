package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.isotherm.avro.JobPlacement;
import io.isotherm.model.Placement;
import io.isotherm.producers.ClusterTopics;
import io.isotherm.producers.NewestValues;
import io.isotherm.schemas.Placements;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.Topics;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a scheduler lists is what the topic of jobs says. */
final class JobsIT {
  private static final String HEADER = "JOBID|NAME|NODELIST\n";

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  private void list(String rows) throws Exception {
    // At once, as whoever writes it while it is read should do.
    Path whole = Files.writeString(dir.resolve("jobs.new"), HEADER + rows);
    Files.move(whole, dir.resolve("jobs.txt"), StandardCopyOption.ATOMIC_MOVE);
  }

  private List<String> arguments(EmbeddedBroker broker, String... options) throws Exception {
    Path hosts =
        Files.writeString(
            dir.resolve("hosts.yaml"),
            """
            - targets: ["gpu-001"]
              labels: {board: pod-00/cab-000/board-0}
            - targets: ["gpu-002"]
              labels: {board: pod-00/cab-000/board-1}
            - targets: ["gpu-003"]
              labels: {board: pod-00/cab-000/board-2}
            """);
    return List.copyOf(
        Stream.concat(
                Stream.of(
                    "jobs",
                    hosts.toString(),
                    "--preset",
                    "hgx-h100",
                    "--bootstrap-server",
                    broker.bootstrapServer(),
                    "--list",
                    dir.resolve("jobs.txt").toString()),
                Stream.of(options))
            .toList());
  }

  private Ended once(EmbeddedBroker broker) throws Exception {
    return Ended.isotherm(arguments(broker, "--once").toArray(String[]::new));
  }

  private static Map<String, Placement> topic(EmbeddedBroker broker) {
    Map<String, Placement> all = new TreeMap<>();
    try (NewestValues<JobPlacement> values =
        new NewestValues<>(
            Topics.JOBS,
            SchemaHistory.bundled(),
            Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      values.read().forEach((job, p) -> all.put(job, Placements.placement(p)));
    }
    return all;
  }

  private static Placement said(EmbeddedBroker broker, String job) {
    return Objects.requireNonNull(topic(broker).get(job));
  }

  private static void publish(EmbeddedBroker broker, Placement placement) throws Exception {
    try (KafkaProducer<String, JobPlacement> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServer()),
            new StringSerializer(),
            Topics.JOBS.valueSerde(SchemaHistory.bundled()).serializer())) {
      producer
          .send(
              new ProducerRecord<>(
                  Topics.JOBS.name(), placement.job(), Placements.publish(placement)))
          .get();
    }
  }

  @Test
  @Timeout(120)
  void eachLookPublishesWhatHasChangedAndNothingElse() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, dir.resolve("broker"))) {
      long before = System.currentTimeMillis();
      list("7|a|gpu-[001-002]\n");
      assertThat(once(broker).code()).isEqualTo(Main.DONE);
      Placement a = said(broker, "slurm-7-a");
      assertThat(a.members()).containsExactly(new Placement.Member("pod-00", 0, 2, "worker", 0));
      assertThat(a.fromMs()).isBetween(before + 2_000, System.currentTimeMillis() + 2_000);
      assertThat(a.untilMs()).isEqualTo(Long.MAX_VALUE);

      // Nothing new, and what others say of their jobs is theirs; a removed job goes.
      Placement foreign = new Placement("train-0", 1, Long.MAX_VALUE, true, a.members());
      Placement old = new Placement("slurm-1-x", 1, 2, true, a.members());
      publish(broker, foreign);
      publish(broker, old);
      assertThat(once(broker).code()).isEqualTo(Main.DONE);
      assertThat(topic(broker))
          .containsExactlyInAnyOrderEntriesOf(Map.of("slurm-7-a", a, "train-0", foreign));

      // A list that cannot be read ends no job.
      Files.writeString(dir.resolve("jobs.txt"), "");
      Ended failed = once(broker);
      assertThat(failed.code()).isEqualTo(Main.FAILED);
      assertThat(failed.err()).startsWith("isotherm jobs: ").contains("jobs.txt: nothing in it");
      assertThat(topic(broker)).containsEntry("slurm-7-a", a);

      list("8|b|gpu-[002-003]\n");
      assertThat(once(broker).code()).isEqualTo(Main.DONE);
      assertThat(said(broker, "slurm-8-b").members())
          .containsExactly(new Placement.Member("pod-00", 1, 2, "worker", 0));
      assertThat(said(broker, "slurm-7-a").untilMs()).isBetween(before, before + 120_000);
    }
  }

  @Test
  @Timeout(120)
  void maintenanceOfOneHostIsAnnouncedBesideTheJobThatItHas() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, dir.resolve("broker"))) {
      list("7|a|gpu-[001-002]\n");
      assertThat(once(broker).code()).isEqualTo(Main.DONE);
      Placement job = said(broker, "slurm-7-a");

      // A host of several partitions is listed for each of them.
      Files.writeString(
          dir.resolve("jobs.txt"),
          "NAME|ROLE|NODELIST\nnodes|maintenance|gpu-002\nnodes|maintenance|gpu-002\n");
      String[] drained =
          arguments(broker, "--once", "--source", "drained", "--fewest-boards", "1")
              .toArray(String[]::new);
      assertThat(Ended.isotherm(drained).code()).isEqualTo(Main.DONE);
      assertThat(said(broker, "drained-nodes").members())
          .containsExactly(new Placement.Member("pod-00", 1, 1, "maintenance", 0));
      assertThat(said(broker, "slurm-7-a")).isEqualTo(job);

      // Neither ends what the other began.
      list("7|a|gpu-[001-002]\n");
      assertThat(once(broker).code()).isEqualTo(Main.DONE);
      assertThat(said(broker, "drained-nodes").untilMs()).isEqualTo(Long.MAX_VALUE);
      assertThat(said(broker, "slurm-7-a")).isEqualTo(job);

      // When nothing is listed, it is over.
      Files.writeString(dir.resolve("jobs.txt"), "NAME|ROLE|NODELIST\n");
      assertThat(Ended.isotherm(drained).code()).isEqualTo(Main.DONE);
      assertThat(said(broker, "drained-nodes").untilMs()).isLessThan(Long.MAX_VALUE);
      assertThat(said(broker, "slurm-7-a")).isEqualTo(job);
    }
  }

  @Test
  @Timeout(120)
  void aFeedFollowsTheListUntilItIsEnded() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, dir.resolve("broker"))) {
      list("");
      long begun = System.currentTimeMillis();
      Path said = dir.resolve("said.txt");
      Process feed =
          ProgramProcess.of(128, arguments(broker, "--every", "1s", "--metrics-port", "0"))
              .redirectOutput(said.toFile())
              .start();
      try {
        await()
            .atMost(Duration.ofSeconds(30))
            .until(() -> Files.readString(said).contains("following"));
        await()
            .atMost(Duration.ofSeconds(20))
            .until(() -> meter(said, "isotherm_jobs_looks_total{result=\"ok\"}") > 0);
        assertThat(meter(said, "isotherm_jobs_interval_seconds")).isEqualTo(1);
        assertThat(meter(said, "isotherm_jobs_looks_total{result=\"failed\"}")).isZero();
        list("7|a|gpu-[001-002]\n");
        await().atMost(Duration.ofSeconds(20)).until(() -> topic(broker).containsKey("slurm-7-a"));
        Files.delete(dir.resolve("jobs.txt"));
        await()
            .atMost(Duration.ofSeconds(20))
            .until(() -> Files.readString(said).contains("no change while this lasts"));
        double taken = meter(said, "isotherm_jobs_last_taken_timestamp_seconds");
        assertThat(taken).isBetween(begun / 1_000.0, System.currentTimeMillis() / 1_000.0);
        assertThat(meter(said, "isotherm_jobs_looks_total{result=\"failed\"}")).isPositive();
        assertThat(meter(said, "isotherm_jobs_last_taken_timestamp_seconds")).isEqualTo(taken);
        assertThat(said(broker, "slurm-7-a").untilMs()).isEqualTo(Long.MAX_VALUE);
        list("");
        await()
            .atMost(Duration.ofSeconds(20))
            .until(() -> said(broker, "slurm-7-a").untilMs() != Long.MAX_VALUE);
        await()
            .atMost(Duration.ofSeconds(20))
            .until(() -> meter(said, "isotherm_jobs_last_taken_timestamp_seconds") > taken);
        feed.destroy();
        assertThat(feed.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(feed.exitValue()).as(Files.readString(said)).isEqualTo(Main.DONE);
        assertThat(Files.readString(said)).doesNotContain("\tat ");
      } finally {
        feed.destroyForcibly().waitFor();
      }
    }
  }

  /** A meter of the feed, at the address that it has said. */
  private static double meter(Path said, String name) throws Exception {
    String address =
        Files.readAllLines(said).stream()
            .filter(line -> line.startsWith("http://localhost:"))
            .findFirst()
            .orElseThrow();
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(URI.create(address)).build(), BodyHandlers.ofString())
        .body()
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .findFirst()
        .orElseThrow();
  }

  @Test
  @Timeout(120)
  void ofATopicThatWasMadeAnewWhatItSaysNowIsRead() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, dir.resolve("broker"))) {
      Map<String, Object> client = Map.of("bootstrap.servers", broker.bootstrapServer());
      ClusterTopics.create(client, List.of(Topics.JOBS));
      List<Placement.Member> members = List.of(new Placement.Member("pod-00", 0, 2, "worker", 0));
      Placement before = new Placement("slurm-1", 1, 2, true, members);
      Placement after = new Placement("slurm-2", 1, 2, true, members);
      try (NewestValues<JobPlacement> values =
              new NewestValues<>(Topics.JOBS, SchemaHistory.bundled(), client);
          Admin admin = Admin.create(client)) {
        publish(broker, before);
        publish(broker, before);
        assertThat(values.read()).containsOnlyKeys("slurm-1");

        // When
        admin.deleteTopics(List.of(Topics.JOBS.name())).all().get();
        await()
            .atMost(Duration.ofSeconds(20))
            .until(() -> !admin.listTopics().names().get().contains(Topics.JOBS.name()));
        ClusterTopics.create(client, List.of(Topics.JOBS));
        publish(broker, after);

        // Then: within a few looks, and until then nothing wrong is said
        await()
            .atMost(Duration.ofSeconds(60))
            .ignoreExceptionsInstanceOf(KafkaException.class)
            .untilAsserted(() -> assertThat(values.read()).containsOnlyKeys("slurm-2"));
      }
    }
  }
}
