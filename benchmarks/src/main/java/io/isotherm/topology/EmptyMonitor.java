package io.isotherm.topology;

import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.NullMarked;

/**
 * The monitor's Kafka Streams, with its settings and its clients, around a processor that does
 * nothing but count. In the package of what it shows, which is nobody else's business.
 */
@NullMarked
public final class EmptyMonitor {
  private EmptyMonitor() {}

  /**
   * Kafka Streams, not started.
   *
   * @param topic the topic of reports
   * @param reports counts them; one stream thread has them all
   */
  public static KafkaStreams of(MonitorSettings settings, String topic, AtomicLong reports) {
    Topology topology =
        new Topology()
            .addSource("reports", new ByteArrayDeserializer(), ReportRun.deserializer(), topic)
            .addProcessor("counter", () -> new Counter(reports), "reports");
    return new KafkaStreams(topology, MonitorApp.config(settings), new MonitorClients());
  }

  private record Counter(AtomicLong reports) implements Processor<byte[], ReportRun, Void, Void> {
    @Override
    public void process(Record<byte[], ReportRun> record) {
      ReportRun run = record.value();
      while (run.next()) {
        reports.lazySet(reports.getPlain() + 1);
      }
    }
  }
}
