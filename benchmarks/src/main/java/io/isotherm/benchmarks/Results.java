package io.isotherm.benchmarks;

import io.isotherm.avro.CabinetHealth;
import io.isotherm.avro.HotSpot;
import io.isotherm.avro.PodHealth;
import io.isotherm.model.Report;
import io.isotherm.schemas.NewTopics;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.Topic;
import io.isotherm.schemas.Topics;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** The topics that the monitor writes. */
final class Results {
  private static final List<Topic<?, ?>> TOPICS =
      List.of(Topics.POD_HEALTH, Topics.CLUSTER_HEALTH, Topics.INCIDENTS, Topics.DEAD);

  private Results() {}

  /** Reads the answer of a monitor that has the topics of results for itself. */
  static Answer read(Map<String, Object> client, SchemaIds ids, long untilMs) throws IOException {
    Answer answer = new Answer();
    Map<String, SortedMap<Long, PodHealth>> pods = new HashMap<>();
    TopicPartition partition = new TopicPartition(Topics.POD_HEALTH.name(), 0);
    Map<String, Object> config = new HashMap<>(client);
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    try (KafkaConsumer<String, PodHealth> consumer =
        new KafkaConsumer<>(
            config,
            Topics.POD_HEALTH.keySerde().deserializer(),
            Topics.POD_HEALTH.valueSerde(ids).deserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = CommittedEnd.of(client, partition);
      while (consumer.position(partition) < end) {
        for (ConsumerRecord<String, PodHealth> record : consumer.poll(Duration.ofSeconds(1))) {
          PodHealth pod = record.value();
          if (pod.getWindowStartMs() + pod.getWindowMs() <= untilMs) {
            add(pod, answer);
            pods.computeIfAbsent(pod.getPod(), name -> new TreeMap<>())
                .put(pod.getWindowStartMs(), pod);
          }
        }
      }
    }
    pods.values().forEach(windows -> links(windows.values(), answer));
    return answer;
  }

  /**
   * What is said of the ports of one pod. Its counters are cumulative.
   *
   * @param windows in their order
   */
  private static void links(Iterable<PodHealth> windows, Answer answer) {
    long tx = 0;
    long rx = 0;
    long errors = 0;
    for (PodHealth p : windows) {
      answer.links(
          p.getPod(),
          p.getWindowStartMs(),
          p.getLinksUp(),
          p.getLinksDown(),
          p.getLinksDegraded(),
          p.getLinkTxBytesTotal() - tx,
          p.getLinkRxBytesTotal() - rx,
          p.getLinkErrorsTotal() - errors);
      tx = p.getLinkTxBytesTotal();
      rx = p.getLinkRxBytesTotal();
      errors = p.getLinkErrorsTotal();
    }
  }

  private static void add(PodHealth p, Answer answer) {
    String pod = p.getPod();
    long start = p.getWindowStartMs();
    answer.pod(
        pod,
        start,
        p.getBoardsReporting(),
        p.getChipsReporting(),
        p.getPowerDeciwatts(),
        p.getTemperature().getCounts().stream().mapToInt(Integer::intValue).toArray(),
        p.getTemperature().getSum(),
        p.getUtilization().getCounts().stream().mapToInt(Integer::intValue).toArray(),
        p.getUtilization().getSum());
    for (CabinetHealth c : p.getCabinetHealth()) {
      Integer max = c.getMaxTemperatureDecicelsius();
      Integer mean = c.getMeanTemperatureDecicelsius();
      answer.cabinet(
          pod,
          start,
          c.getCabinet(),
          max == null ? Report.ABSENT : max,
          mean == null ? Report.ABSENT : mean,
          c.getPowerDeciwatts());
    }
    int rank = 0;
    for (HotSpot h : p.getHotSpots()) {
      answer.hotSpot(pod, start, ++rank, h.getSubject(), h.getTemperatureDecicelsius());
    }
  }

  /** Empties the topics for the next monitor, and deletes what other monitors kept. */
  static void reset(Admin admin) throws InterruptedException, ExecutionException {
    List<String> old = new ArrayList<>(TOPICS.stream().map(Topic::name).toList());
    for (String name : admin.listTopics().names().get()) {
      if (name.startsWith("bench-")) {
        old.add(name);
      }
    }
    admin.deleteTopics(old).all().get();
    while (admin.listTopics().names().get().stream().anyMatch(old::contains)) {
      Thread.sleep(50);
    }
    List<NewTopic> missing = new ArrayList<>(TOPICS.stream().map(Load::forever).toList());
    while (true) {
      // A topic that is being deleted counts as one that is there.
      Set<String> created = NewTopics.create(admin, missing);
      missing.removeIf(topic -> created.contains(topic.name()));
      if (missing.isEmpty()) {
        return;
      }
      Thread.sleep(50);
    }
  }
}
