package io.isotherm.benchmarks.peers;

import io.isotherm.benchmarks.Answer;
import io.isotherm.benchmarks.JobRun;
import io.isotherm.model.Report;
import java.io.IOException;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStreamUtils;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/**
 * The answer by someone who knows what costs: whole reports travel, and a function keyed by pod
 * keeps the open windows and the newest reading of every port in primitive arrays.
 */
public final class FlinkBatchedPeer {
  private static final TypeInformation<PodAnswer> POD = TypeInformation.of(PodAnswer.class);

  private FlinkBatchedPeer() {}

  /** Runs the job until it has given all answers. */
  public static void main(String[] args) throws Exception {
    FlinkRun flink = new FlinkRun(JobRun.of(args));
    // The topic's partitions are by pod and one task reads them all, so each report already is
    // where
    // its pod's state is: keyBy would write it into a buffer and read it from there for nothing.
    flink.finish(
        DataStreamUtils.reinterpretAsKeyedStream(flink.reports(), RawReport::pod, Types.STRING)
            .process(new OfPod(), POD)
            .name("pods"));
  }

  private static final class OfPod extends KeyedProcessFunction<String, RawReport, PodAnswer> {
    private static final long serialVersionUID = 1;

    private transient @Nullable ValueState<PodArrays> state;
    private transient @Nullable Intake intake;

    @Override
    public void open(OpenContext context) {
      state =
          getRuntimeContext()
              .getState(new ValueStateDescriptor<>("pod", TypeInformation.of(PodArrays.class)));
      intake = new Intake();
    }

    @Override
    public void processElement(RawReport raw, Context context, Collector<PodAnswer> out)
        throws IOException {
      if (state == null || intake == null) {
        throw new IllegalStateException("not opened");
      }
      Report r = raw.report(intake);
      // While a checkpoint is written the state on the heap gives a copy of its own.
      PodArrays pod = state.value();
      if (pod == null) {
        pod = new PodArrays();
        state.update(pod);
      }
      long watermarkMs = context.timerService().currentWatermark();
      long startMs = Windows.ofChips(r.timeMs);
      if (closedAtMs(startMs) > watermarkMs && pod.addChips(startMs, r)) {
        context.timerService().registerEventTimeTimer(closedAtMs(startMs));
      }
      long linksStartMs = Windows.ofLinks(r.timeMs);
      if (r.linkCount > 0
          && closedAtMs(linksStartMs) > watermarkMs
          && pod.addLinks(linksStartMs, r)) {
        context.timerService().registerEventTimeTimer(closedAtMs(linksStartMs));
      }
    }

    /** When the last reading of a window must have come, which is one of links. */
    private static long closedAtMs(long startMs) {
      return startMs + Windows.SIZE_MS + Answer.LINKS_LATER_MS - 1;
    }

    @Override
    public void onTimer(long timeMs, OnTimerContext context, Collector<PodAnswer> out)
        throws IOException {
      PodArrays pod = state == null ? null : state.value();
      if (pod != null) {
        long startMs = timeMs + 1 - Answer.LINKS_LATER_MS - Windows.SIZE_MS;
        String name = context.getCurrentKey();
        PodArrays.Closed closed = pod.close(startMs);
        out.collect(new PodAnswer(name, startMs, closed.chips()));
        out.collect(new PodAnswer(name, startMs, closed.links()));
      }
    }
  }
}
