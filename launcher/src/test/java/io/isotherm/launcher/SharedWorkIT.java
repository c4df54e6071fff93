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
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * The same reports of six pods, to one, two and four monitors: the same results, work shared; also
 * with one that comes later.
 */
@Execution(ExecutionMode.CONCURRENT)
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

  /** Ten thousand records of a changelog are what a pod of 15,488 chips writes in ten minutes. */
  @Test
  void aMonitorThatComesLaterGetsItsShareAtOnceAndNothingElseMoves() throws Exception {
    ClusterPlan plan = Catalog.bundled().plan("atlas-960", new Overrides(null, 1, 1));
    List<Process> running = new ArrayList<>();
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null)) {
      MonitorRuns.createTopics(broker);
      MonitorRuns.write(
          broker,
          MonitorRuns.input(plan, System.currentTimeMillis(), 1).get(0).stream()
              .filter(r -> !isReport(r))
              .toList());
      try {
        // Given
        running.add(MonitorRuns.monitor(broker, APPLICATION, dir, "first", 1));
        await().atMost(PATIENCE).until(() -> shares(broker, 8).size() == 1);
        lengthenChangelogs(broker);

        // When, then: eight partitions, and the cluster's
        running.add(MonitorRuns.monitor(broker, APPLICATION, dir, "second", 1));
        await().atMost(PATIENCE).until(() -> shares(broker, 3).size() == 2);
        running.add(MonitorRuns.monitor(broker, APPLICATION, dir, "third", 1));
        await().atMost(PATIENCE).until(() -> shares(broker, 2).size() == 3);

        // When
        Map<String, Set<Integer>> before = shares(broker, 2);
        MonitorRuns.end(running.remove(2));
        await().atMost(PATIENCE).until(() -> shares(broker, 3).size() == 2);

        // Then
        assertThat(shares(broker, 3))
            .allSatisfy(
                (monitor, partitions) ->
                    assertThat(partitions).containsAll(before.getOrDefault(monitor, Set.of(-1))));
      } finally {
        for (Process monitor : running) {
          MonitorRuns.end(monitor);
        }
      }
    }
  }

  /** Writes deletions of pages that are not there: they cost nothing to restore. */
  private static void lengthenChangelogs(EmbeddedBroker broker) throws Exception {
    List<ProducerRecord<byte[], byte[]>> deletions = new ArrayList<>();
    for (int partition = 0; partition < Topics.REPORTS.partitions(); partition++) {
      for (int i = 0; i < 10_001; i++) {
        deletions.add(
            new ProducerRecord<>(
                APPLICATION + "-pod-pages-changelog", partition, new byte[] {0, 0, 0, 0}, null));
      }
    }
    MonitorRuns.write(broker, deletions);
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
    return shares(broker, 1).size();
  }

  /**
   * The partitions of the reports that each monitor has, of those that have at least so many; none
   * while some partition is nobody's.
   */
  private static Map<String, Set<Integer>> shares(EmbeddedBroker broker, int atLeast)
      throws Exception {
    Map<String, Set<Integer>> shares = new TreeMap<>();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      var groups = admin.listGroups().all().get();
      if (groups.stream().noneMatch(g -> g.groupId().equals(APPLICATION))) {
        return shares;
      }
      var group =
          admin
              .describeConsumerGroups(List.of(APPLICATION))
              .describedGroups()
              .getOrDefault(APPLICATION, null);
      if (group != null) {
        group.get().members().forEach(m -> shares.put(m.consumerId(), partitions(m)));
      }
    }
    if (shares.values().stream().mapToInt(Set::size).sum() < Topics.REPORTS.partitions()) {
      return Map.of();
    }
    shares.values().removeIf(partitions -> partitions.size() < atLeast);
    return shares;
  }

  private static Set<Integer> partitions(MemberDescription member) {
    return member.assignment().topicPartitions().stream()
        .filter(p -> p.topic().equals(Topics.REPORTS.name()))
        .map(TopicPartition::partition)
        .collect(Collectors.toSet());
  }
}
