package io.isotherm.benchmarks.peers;

import io.isotherm.benchmarks.JobRun;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * What the jobs for Flink share: its settings, the source of the reports and the sink of the
 * answers.
 *
 * <p>Settings are those that cost least CPU here: state on the heap, objects used again, full
 * buffers, no Kryo. Results are written exactly once, with a checkpoint every ten seconds; the
 * monitor commits every two at full speed.
 */
final class FlinkRun {
  private static final TypeInformation<RawReport> REPORT =
      new Elements<>(RawReport.class, RawReport::new);

  private final JobRun run;
  private final AnswerTopic answers;
  private final StreamExecutionEnvironment environment;

  FlinkRun(JobRun run) throws Exception {
    this.run = run;
    Intake.belongsTo(run);
    answers = AnswerTopic.create(run);
    Configuration c = new Configuration();
    c.set(ExecutionOptions.RUNTIME_MODE, RuntimeExecutionMode.STREAMING);
    c.set(ExecutionOptions.BUFFER_TIMEOUT_ENABLED, false);
    c.set(PipelineOptions.OBJECT_REUSE, true);
    c.set(PipelineOptions.GENERIC_TYPES, false);
    c.set(StateBackendOptions.STATE_BACKEND, "hashmap");
    c.set(
        CheckpointingOptions.CHECKPOINTING_INTERVAL,
        Duration.ofMillis(Integer.getInteger("checkpoint.interval.ms", 10_000)));
    c.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY,
        run.work().toAbsolutePath().resolve("checkpoints").toUri().toString());
    c.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    environment =
        StreamExecutionEnvironment.createLocalEnvironment(Integer.getInteger("parallelism", 1), c);
  }

  /** The reports; the time of each is that of its record. */
  DataStream<RawReport> reports() {
    Map<TopicPartition, Long> end = new HashMap<>();
    run.end().forEach((p, offset) -> end.put(new TopicPartition(run.topic(), p), offset));
    KafkaSource<RawReport> source =
        KafkaSource.<RawReport>builder()
            .setBootstrapServers(run.bootstrapServer())
            .setGroupId("bench-flink-" + ProcessHandle.current().pid())
            .setPartitions(new HashSet<>(end.keySet()))
            .setStartingOffsets(OffsetsInitializer.earliest())
            .setBounded(OffsetsInitializer.offsets(end))
            .setDeserializer(new Raw())
            .setProperty(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed")
            .setProperty(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, "1000")
            .build();
    return environment.fromSource(
        source,
        // Kafka's times are the agents'; what is later than the grace is left out.
        WatermarkStrategy.<RawReport>forBoundedOutOfOrderness(Duration.ofMillis(Windows.GRACE_MS)),
        "reports",
        REPORT);
  }

  /** Gives out the records in an object that the next one fills again. */
  private static final class Raw implements KafkaRecordDeserializationSchema<RawReport> {
    private static final long serialVersionUID = 1;

    private transient @Nullable RawReport report;

    @Override
    public void open(DeserializationSchema.InitializationContext context) {
      report = new RawReport();
    }

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<RawReport> out) {
      if (report == null) {
        throw new IllegalStateException("not opened");
      }
      report.take(record);
      out.collect(report);
    }

    @Override
    public TypeInformation<RawReport> getProducedType() {
      return REPORT;
    }
  }

  /** Writes the answers of pods, runs the job to its end and says what it cost. */
  void finish(DataStream<PodAnswer> pods) throws Exception {
    String topic = answers.name();
    pods.sinkTo(
            KafkaSink.<PodAnswer>builder()
                .setBootstrapServers(run.bootstrapServer())
                .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
                .setTransactionalIdPrefix("bench-flink-" + ProcessHandle.current().pid())
                .setProperty(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, "600000")
                .setProperty(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4")
                .setRecordSerializer(
                    (KafkaRecordSerializationSchema<PodAnswer>)
                        (pod, context, time) ->
                            new ProducerRecord<>(
                                topic, pod.pod().getBytes(StandardCharsets.UTF_8), pod.value()))
                .build())
        .name("answers");
    environment.execute(run.job());
    answers.finish();
  }
}
