package io.isotherm.benchmarks.peers;

import io.isotherm.benchmarks.Answer;
import io.isotherm.benchmarks.CommittedEnd;
import io.isotherm.benchmarks.JobRun;
import io.isotherm.schemas.NewTopics;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * The topic to which a job writes its results, as the monitor does: key the pod, value what {@link
 * #value} makes of it. Read back when the job is done, committed results only.
 */
final class AnswerTopic {
  /** File for the answer's lines, for whoever looks for a difference. */
  private static final String LINES = "answer.lines";

  /** First byte of a value that speaks of a pod's chips. */
  private static final byte CHIPS = 0;

  /** First byte of a value that speaks of its links. */
  private static final byte LINKS = 1;

  private final JobRun run;
  private final String name = "bench-answers-" + ProcessHandle.current().pid();

  private AnswerTopic(JobRun run) {
    this.run = run;
  }

  /** Creates the topic, with one partition. */
  static AnswerTopic create(JobRun run) throws InterruptedException, ExecutionException {
    AnswerTopic topic = new AnswerTopic(run);
    try (Admin admin =
        Admin.create(Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, run.bootstrapServer()))) {
      NewTopic answers = new NewTopic(topic.name, 1, (short) 1);
      // Times are event times, which may be older than any retention.
      answers.configs(Map.of("retention.ms", "-1"));
      NewTopics.create(admin, List.of(answers));
    }
    return topic;
  }

  String name() {
    return name;
  }

  /** The chips of a pod's window as a value of this topic. */
  static byte[] value(long windowStartMs, PodTotals totals) {
    return value(CHIPS, windowStartMs, totals);
  }

  /** The links of a pod's window as a value of this topic. */
  static byte[] value(long windowStartMs, LinkTotals totals) {
    return value(LINKS, windowStartMs, totals);
  }

  private static byte[] value(byte kind, long windowStartMs, Totals<?> totals) {
    ByteBuffer b = ByteBuffer.allocate(1 + Long.BYTES + totals.bytes());
    b.put(kind).putLong(windowStartMs);
    totals.write(b);
    return b.array();
  }

  static long windowStartMs(byte[] value) {
    return ByteBuffer.wrap(value).getLong(1);
  }

  private static void tell(String pod, byte[] value, Answer answer) {
    ByteBuffer b = ByteBuffer.wrap(value);
    byte kind = b.get();
    long start = b.getLong();
    if (kind == LINKS) {
      LinkTotals.read(b).tell(pod, start, answer);
    } else {
      PodTotals.read(b).tell(pod, start, answer);
    }
  }

  /** Ends the run: to be called when the last result is committed. */
  void finish() throws IOException {
    long cpuNanos = JobRun.cpuNanos();
    long doneNanos = System.nanoTime();
    run.threads();
    Answer answer = read();
    String file = System.getProperty(LINES);
    if (file != null) {
      Files.write(Path.of(file), answer.lines());
    }
    run.finish(cpuNanos, doneNanos, Intake.reports(), Intake.chipSamples(), answer.digest());
  }

  private Answer read() throws IOException {
    Answer answer = new Answer();
    TopicPartition partition = new TopicPartition(name, 0);
    Map<String, Object> config =
        Map.of(
            ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
            run.bootstrapServer(),
            ConsumerConfig.ISOLATION_LEVEL_CONFIG,
            "read_committed");
    try (KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end =
          CommittedEnd.of(
              Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, run.bootstrapServer()), partition);
      while (consumer.position(partition) < end) {
        for (ConsumerRecord<String, byte[]> r : consumer.poll(Duration.ofSeconds(1))) {
          long start = windowStartMs(r.value());
          if (start >= run.fromMs() && start + Windows.SIZE_MS <= run.untilMs()) {
            tell(r.key(), r.value(), answer);
          }
        }
      }
    }
    return answer;
  }
}
