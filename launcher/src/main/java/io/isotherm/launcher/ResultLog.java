package io.isotherm.launcher;

import io.isotherm.avro.Incident;
import io.isotherm.avro.InjectedFault;
import io.isotherm.avro.JobPlacement;
import io.isotherm.avro.PodHealth;
import io.isotherm.core.IncidentDigest;
import io.isotherm.core.IncidentEvent;
import io.isotherm.model.JobSchedule;
import io.isotherm.model.Placement;
import io.isotherm.schemas.Placements;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.Topic;
import io.isotherm.schemas.Topics;
import io.isotherm.score.Raised;
import io.isotherm.topology.Results;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * Everything that came of a run, read from the result topics from their beginning: the newest
 * health of each pod, every incident, every fault and who worked where. Reads on a thread of its
 * own until closed. Safe for use by several threads.
 */
final class ResultLog implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(500);
  private static final List<Topic<?, ?>> TOPICS =
      List.of(Topics.POD_HEALTH, Topics.INCIDENTS, Topics.FAULTS, Topics.JOBS, Topics.DEAD);

  private final Deserializer<PodHealth> health;
  private final Deserializer<Incident> incident;
  private final Deserializer<InjectedFault> fault;
  private final Deserializer<JobPlacement> job;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Thread reader = new Thread(this::read, "result-log");

  private final Map<String, PodHealth> pods = new TreeMap<>();
  private final Map<String, Incident> incidents = new TreeMap<>();
  private final Map<String, Raised> raised = new TreeMap<>();
  private final Set<String> removed = new HashSet<>();
  private final Map<String, InjectedFault> faults = new TreeMap<>();
  private final JobSchedule jobs = new JobSchedule(Integer.MAX_VALUE);
  private final IncidentDigest digest = new IncidentDigest();
  private long deadLetters;
  private @Nullable String failure;

  /** Starts to read; the topics must exist. */
  ResultLog(Map<String, Object> clientConfig, SchemaIds ids) {
    health = Topics.POD_HEALTH.valueSerde(ids).deserializer();
    incident = Topics.INCIDENTS.valueSerde(ids).deserializer();
    fault = Topics.FAULTS.valueSerde(ids).deserializer();
    job = Topics.JOBS.valueSerde(ids).deserializer();
    Map<String, Object> config = new HashMap<>(clientConfig);
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    config.put(ConsumerConfig.CLIENT_ID_CONFIG, "isotherm-demo-results");
    consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    List<TopicPartition> partitions = new ArrayList<>();
    for (Topic<?, ?> topic : TOPICS) {
      for (int p = 0; p < topic.partitions(); p++) {
        partitions.add(new TopicPartition(topic.name(), p));
      }
    }
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    reader.start();
  }

  /** The newest health of each pod, in the order of their names. */
  synchronized List<PodHealth> pods() {
    return List.copyOf(pods.values());
  }

  /** End of the newest window, in milliseconds since 1970-01-01 UTC; 0 before the first. */
  synchronized long judgedUntilMs() {
    return pods.values().stream()
        .mapToLong(h -> h.getWindowStartMs() + h.getWindowMs())
        .max()
        .orElse(0);
  }

  /** Every incident, with each time at which it was opened. */
  synchronized List<Raised> raised() {
    return List.copyOf(raised.values());
  }

  /** The newest revision of every incident that is neither resolved nor removed by an operator. */
  synchronized List<Incident> openIncidents() {
    return incidents.values().stream()
        .filter(
            i ->
                i.getEvent() != io.isotherm.avro.IncidentEvent.RESOLVED
                    && !removed.contains(i.getId()))
        .toList();
  }

  /** The digest of every event of an incident, see {@link IncidentDigest}. */
  synchronized String incidentsSha256() {
    return digest.sha256Hex();
  }

  /** Every fault. */
  synchronized List<InjectedFault> faults() {
    return List.copyOf(faults.values());
  }

  /** Where jobs ran, and all announced maintenance, also by hand and also what is over. */
  synchronized List<Placement> placements() {
    return jobs.placements();
  }

  /** Number of dead letters. */
  synchronized long deadLetters() {
    return deadLetters;
  }

  /** Why reading ended, in one sentence; null if it did not. */
  synchronized @Nullable String failure() {
    return failure;
  }

  private void read() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          take(record);
        }
      }
    } catch (WakeupException e) {
      // close() asks for it.
    } catch (RuntimeException | Error e) {
      // Also when memory is used up: a screen that stands still must not look like health.
      synchronized (this) {
        failure = "cannot read the results: " + e.getMessage();
      }
    } finally {
      consumer.close();
    }
  }

  private synchronized void take(ConsumerRecord<byte[], byte[]> record) {
    String topic = record.topic();
    if (topic.equals(Topics.DEAD.name())) {
      deadLetters++;
    } else if (record.value() == null) {
      remove(record);
    } else if (topic.equals(Topics.POD_HEALTH.name())) {
      PodHealth h = valueOf(health, record);
      pods.put(h.getPod(), h);
    } else if (topic.equals(Topics.INCIDENTS.name())) {
      Incident i = valueOf(incident, record);
      incidents.put(i.getId(), i);
      removed.remove(i.getId());
      IncidentEvent event = Results.event(i);
      raised.compute(event.id(), (id, before) -> Raised.after(before, event));
      digest.add(event);
    } else if (topic.equals(Topics.JOBS.name())) {
      enter(valueOf(job, record));
    } else {
      InjectedFault f = valueOf(fault, record);
      faults.put(f.getId(), f);
    }
  }

  private void enter(JobPlacement published) {
    try {
      jobs.enter(Placements.placement(published));
    } catch (IllegalArgumentException e) {
      // Its numbers make no sense, so it holds nowhere.
    }
  }

  /** A record without a value ends an incident of which no event will tell; it is none itself. */
  private void remove(ConsumerRecord<byte[], byte[]> record) {
    if (record.topic().equals(Topics.INCIDENTS.name()) && record.key() != null) {
      removed.add(new String(record.key(), StandardCharsets.UTF_8));
    }
  }

  private static <T extends SpecificRecord> T valueOf(
      Deserializer<T> deserializer, ConsumerRecord<byte[], byte[]> record) {
    return deserializer.deserialize(record.topic(), record.value());
  }

  /** Stops reading. */
  @Override
  public void close() {
    consumer.wakeup();
    try {
      reader.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
