package io.isotherm.jobs;

import io.isotherm.avro.JobPlacement;
import io.isotherm.model.Placement;
import io.isotherm.producers.NewestValues;
import io.isotherm.producers.ReportProducerConfig;
import io.isotherm.schemas.Placements;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.Topics;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** What {@code topology.jobs} says, and a way to change it. For one thread. */
public final class JobTopic implements AutoCloseable {
  /** Header of a placement that says to people what it is for, in UTF-8; no monitor reads it. */
  static final String REASON = "isotherm.reason";

  private final NewestValues<JobPlacement> newest;
  private final Producer<String, JobPlacement> producer;

  /**
   * @param clientConfig settings for Kafka's clients, bootstrap servers among them
   */
  public JobTopic(SchemaIds ids, Map<String, Object> clientConfig) {
    newest = new NewestValues<>(Topics.JOBS, ids, clientConfig);
    producer =
        new KafkaProducer<>(
            ReportProducerConfig.live(clientConfig),
            new StringSerializer(),
            Topics.JOBS.valueSerde(ids).serializer());
  }

  /** The producer, whose meters are of interest. */
  Producer<?, ?> producer() {
    return producer;
  }

  /**
   * The newest placement of each job. One whose numbers make no sense holds nowhere, and is left
   * out.
   *
   * @throws KafkaException if Kafka cannot be read; to ask again is of use
   */
  public Map<String, Placement> read() {
    return placements(newest);
  }

  /** As {@link #read}, for who changes nothing. */
  public static Map<String, Placement> placements(NewestValues<JobPlacement> newest) {
    Map<String, Placement> all = new TreeMap<>();
    newest
        .read()
        .forEach(
            (job, published) -> {
              try {
                all.put(job, Placements.placement(published));
              } catch (IllegalArgumentException e) {
                // What is published next takes its place.
              }
            });
    return all;
  }

  /** What the newest placement of a job is for, by who published it. */
  public Optional<String> reason(String job) {
    return reason(newest, job);
  }

  /** As {@link #reason(String)}, for who changes nothing. */
  public static Optional<String> reason(NewestValues<JobPlacement> newest, String job) {
    return newest.header(job, REASON);
  }

  /**
   * Publishes placements, and returns when Kafka has taken all.
   *
   * @param changes by the names of their jobs; null removes the job
   * @param reasons what each is for, by the names of jobs
   * @throws KafkaException if Kafka did not take one
   */
  public void publish(
      Map<String, @Nullable Placement> changes, Function<String, Optional<String>> reasons)
      throws InterruptedException {
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    changes.forEach(
        (job, p) -> {
          ProducerRecord<String, JobPlacement> record =
              new ProducerRecord<>(
                  Topics.JOBS.name(), job, p == null ? null : Placements.publish(p));
          if (p != null) {
            reasons
                .apply(job)
                .ifPresent(
                    reason ->
                        record.headers().add(REASON, reason.getBytes(StandardCharsets.UTF_8)));
          }
          sent.add(producer.send(record));
        });
    for (Future<RecordMetadata> record : sent) {
      try {
        var unused = record.get();
      } catch (ExecutionException e) {
        throw e.getCause() instanceof KafkaException k ? k : new KafkaException(e.getCause());
      }
    }
  }

  @Override
  public void close() {
    producer.close();
    newest.close();
  }
}
