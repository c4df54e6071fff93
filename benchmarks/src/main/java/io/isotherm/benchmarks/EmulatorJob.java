package io.isotherm.benchmarks;

import io.isotherm.emulator.Fleet;
import io.isotherm.emulator.Scenario;
import io.isotherm.model.Report;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * The fleet that wrote the load, once more and without a broker's help for the first steps: its
 * physics alone; its physics and the reports' bytes; or all of that and sending them to {@link
 * #TOPIC}.
 */
final class EmulatorJob {
  /** Physics alone. */
  static final Job PHYSICS = Job.ours("physics", EmulatorJob.class, Job.Finds.RECORDS);

  /** Physics and encoding. */
  static final Job ENCODE = Job.ours("physics+encode", EmulatorJob.class, Job.Finds.RECORDS);

  /** Physics, encoding and sending. */
  static final Job SEND = Job.ours("physics+encode+send", EmulatorJob.class, Job.Finds.RECORDS);

  /** Where the reports are sent to. */
  static final String TOPIC = "bench-emulated";

  private EmulatorJob() {}

  public static void main(String[] args) throws IOException {
    JobRun run = JobRun.of(args);
    boolean encode = !run.job().equals(PHYSICS.name());
    boolean send = run.job().equals(SEND.name());
    int seconds = (int) ((run.untilMs() - run.fromMs()) / 1_000);
    Fleet fleet =
        new Fleet(
            new Load.Shape(run.chipsPerReport(), seconds)
                .plan(Path.of(System.getProperty("isotherm.root", "."))),
            Scenario.quiet(1),
            run.fromMs());
    ReportWriter writer = new ReportWriter(SchemaHistory.bundled());
    Report report = new Report();
    int[] order = fleet.samplingOrder();
    long reports = 0;
    try (Sender sender = new Sender(run.bootstrapServer())) {
      for (int second = 0; second <= seconds; second++) {
        fleet.step(run.fromMs() + second * 1_000L);
        for (int board : order) {
          if (!fleet.fill(board, report)) {
            continue;
          }
          reports++;
          if (send) {
            sender.send(report.pod, report.timeMs, writer.toBytes(report));
          } else if (encode) {
            writer.write(report);
          }
        }
        run.consumed(reports);
      }
      sender.flush();
    }
    long cpuNanos = JobRun.cpuNanos();
    long atNanos = System.nanoTime();
    run.finish(cpuNanos, atNanos, reports, reports * run.chipsPerReport(), Answer.records(reports));
  }

  /** Sends as the emulator does. */
  private static final class Sender implements AutoCloseable {
    private final Producer<byte[], byte[]> producer;
    private final Map<String, byte[]> keys = new HashMap<>();
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();

    Sender(String bootstrapServer) {
      producer = LoadWriter.producer(bootstrapServer);
    }

    void send(String pod, long timeMs, byte[] report) {
      byte[] key = keys.computeIfAbsent(pod, name -> name.getBytes(StandardCharsets.UTF_8));
      var unused =
          producer.send(
              new ProducerRecord<>(TOPIC, null, timeMs, key, report),
              (metadata, e) -> {
                if (e != null) {
                  failure.set(e);
                }
              });
    }

    void flush() {
      producer.flush();
      Exception e = failure.get();
      if (e != null) {
        throw new KafkaException("the broker did not take the reports", e);
      }
    }

    @Override
    public void close() {
      producer.close();
    }
  }
}
