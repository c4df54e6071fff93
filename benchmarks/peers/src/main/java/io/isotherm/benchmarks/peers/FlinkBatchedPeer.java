package io.isotherm.benchmarks.peers;

import io.isotherm.benchmarks.JobRun;
import java.io.IOException;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * The answer by someone who knows what costs: whole reports travel, and a function keyed by pod
 * keeps the open windows in primitive arrays.
 */
public final class FlinkBatchedPeer {
  private static final TypeInformation<BoardReading> BOARD = TypeInformation.of(BoardReading.class);
  private static final TypeInformation<PodAnswer> POD = TypeInformation.of(PodAnswer.class);

  private FlinkBatchedPeer() {}

  /** Runs the job until it has given all answers. */
  public static void main(String[] args) throws Exception {
    FlinkRun flink = new FlinkRun(JobRun.of(args));
    flink.finish(
        flink
            .reports(new Whole(), BOARD)
            .keyBy(BoardReading::pod, Types.STRING)
            .process(new OfPod(), POD)
            .name("pods"));
  }

  /** Reads a report into an object that the next one fills again. */
  private static final class Whole implements KafkaRecordDeserializationSchema<BoardReading> {
    private static final long serialVersionUID = 1;

    private transient @Nullable Intake intake;
    private transient @Nullable BoardReading reading;

    @Override
    public void open(DeserializationSchema.InitializationContext context) {
      intake = new Intake();
      reading = new BoardReading();
    }

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<BoardReading> out) {
      if (intake == null || reading == null) {
        throw new IllegalStateException("not opened");
      }
      reading.take(intake.read(record.value()));
      out.collect(reading);
    }

    @Override
    public TypeInformation<BoardReading> getProducedType() {
      return BOARD;
    }
  }

  private static final class OfPod extends KeyedProcessFunction<String, BoardReading, PodAnswer> {
    private static final long serialVersionUID = 1;

    private transient @Nullable ValueState<PodArrays> state;

    @Override
    public void open(OpenContext context) {
      state =
          getRuntimeContext()
              .getState(new ValueStateDescriptor<>("windows", TypeInformation.of(PodArrays.class)));
    }

    private ValueState<PodArrays> state() {
      if (state == null) {
        throw new IllegalStateException("not opened");
      }
      return state;
    }

    @Override
    public void processElement(BoardReading r, Context context, Collector<PodAnswer> out)
        throws IOException {
      long lastMs =
          Math.floorDiv(r.timeMs, Windows.SIZE_MS) * Windows.SIZE_MS + Windows.SIZE_MS - 1;
      if (lastMs <= context.timerService().currentWatermark()) {
        return; // too late
      }
      // While a checkpoint is written the state on the heap gives a copy of its own.
      PodArrays windows = state().value();
      if (windows == null) {
        windows = new PodArrays();
        state().update(windows);
      }
      if (windows.add(r)) {
        context.timerService().registerEventTimeTimer(lastMs);
      }
    }

    @Override
    public void onTimer(long timeMs, OnTimerContext context, Collector<PodAnswer> out)
        throws IOException {
      PodArrays windows = state().value();
      if (windows != null) {
        long startMs = timeMs + 1 - Windows.SIZE_MS;
        out.collect(new PodAnswer(context.getCurrentKey(), startMs, windows.close(startMs)));
      }
    }
  }
}
