package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.isotherm.avro.Incident;
import io.isotherm.avro.PodHealth;
import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.schemas.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same reports of six pods, to one, two and four monitors: the same results, work shared. */
final class SharedWorkIT {
  private static final String APPLICATION = "shared-work";
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int PODS = 6;
  private static final int SECONDS = 100;

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  /**
   * What was found, in the order of event time; different pods may be judged in any order.
   *
   * @param workers monitors that read reports
   */
  private record Results(List<PodHealth> health, List<Incident> incidents, int workers) {}

  @Test
  void twoAndFourMonitorsGiveTheResultsOfOne() throws Exception {
    long startMs = (System.currentTimeMillis() - 600_000) / 10_000 * 10_000 + 3_000;
    ClusterPlan plan = Catalog.bundled().plan("atlas-960", new Overrides(null, PODS, 4));
    List<ProducerRecord<byte[], byte[]>> input =
        MonitorRuns.input(plan, startMs, SECONDS).stream().flatMap(List::stream).toList();
    long lastWindowMs = (startMs + SECONDS * 1_000L) / 10_000 * 10_000 - 10_000;

    Results one = judge(1, input, lastWindowMs);
    Results two = judge(2, input, lastWindowMs);
    Results four = judge(4, input, lastWindowMs);

    assertThat(one.health).extracting(PodHealth::getPod).contains("pod-00", "pod-05");
    assertThat(one.incidents).isNotEmpty();
    assertThat(two.health).isEqualTo(one.health);
    assertThat(two.incidents).isEqualTo(one.incidents);
    assertThat(four.health).isEqualTo(one.health);
    assertThat(four.incidents).isEqualTo(one.incidents);
    assertThat(List.of(one.workers, two.workers, four.workers)).containsExactly(1, 2, 4);
  }

  private Results judge(int monitors, List<ProducerRecord<byte[], byte[]>> input, long lastWindowMs)
      throws Exception {
    List<Process> running = new ArrayList<>();
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null)) {
      MonitorRuns.createTopics(broker);
      // The topology first: a monitor starts when it is there.
      MonitorRuns.write(broker, input.stream().filter(r -> !isReport(r)).toList());
      try {
        for (int i = 0; i < monitors; i++) {
          running.add(
              MonitorRuns.monitor(broker, APPLICATION, dir, monitors + "-monitors-" + i, 1));
        }
        await().atMost(PATIENCE).until(() -> workers(broker) == monitors);
        MonitorRuns.write(broker, input.stream().filter(SharedWorkIT::isReport).toList());
        await()
            .atMost(PATIENCE)
            .until(
                () ->
                    MonitorRuns.read(broker, Topics.POD_HEALTH).stream()
                            .filter(h -> h.getWindowStartMs() == lastWindowMs)
                            .count()
                        == PODS);
        int workers = workers(broker);
        return new Results(
            MonitorRuns.read(broker, Topics.POD_HEALTH).stream()
                .sorted(
                    Comparator.comparing(PodHealth::getPod)
                        .thenComparing(PodHealth::getWindowStartMs))
                .toList(),
            MonitorRuns.read(broker, Topics.INCIDENTS).stream()
                .sorted(
                    Comparator.comparing(Incident::getPod)
                        .thenComparing(Incident::getId)
                        .thenComparing(Incident::getEventMs))
                .toList(),
            workers);
      } finally {
        for (Process monitor : running) {
          MonitorRuns.end(monitor);
        }
      }
    }
  }

  private static boolean isReport(ProducerRecord<byte[], byte[]> record) {
    return record.topic().equals(Topics.REPORTS.name());
  }

  /** Monitors that have partitions of the reports. */
  private static int workers(EmbeddedBroker broker) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      var groups = admin.listGroups().all().get();
      if (groups.stream().noneMatch(g -> g.groupId().equals(APPLICATION))) {
        return 0;
      }
      var group =
          admin
              .describeConsumerGroups(List.of(APPLICATION))
              .describedGroups()
              .getOrDefault(APPLICATION, null);
      return group == null
          ? 0
          : (int) group.get().members().stream().filter(SharedWorkIT::readsReports).count();
    }
  }

  private static boolean readsReports(MemberDescription member) {
    return member.assignment().topicPartitions().stream()
        .anyMatch(p -> p.topic().equals(Topics.REPORTS.name()));
  }
}
