package io.isotherm.benchmarks.peers;

import java.io.IOException;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the newest reading of every port of a chip, and says what the next one adds. A report's
 * links come chip by chip, so that all but the first of a chip find its state in the processor's
 * cache; with the port as key each would have to be fetched from memory.
 */
final class PortFunction extends KeyedProcessFunction<Place, LinkReading, LinkChange> {
  private static final long serialVersionUID = 1;

  private transient @Nullable ValueState<ChipPorts> state;
  private transient @Nullable LinkChange change;

  @Override
  public void open(OpenContext context) {
    state =
        getRuntimeContext()
            .getState(new ValueStateDescriptor<>("ports", TypeInformation.of(ChipPorts.class)));
    change = new LinkChange();
  }

  @Override
  public void processElement(LinkReading r, Context context, Collector<LinkChange> out)
      throws IOException {
    if (state == null || change == null) {
      throw new IllegalStateException("not opened");
    }
    // While a checkpoint is written the state on the heap gives a copy of its own.
    ChipPorts ports = state.value();
    if (ports == null) {
      ports = new ChipPorts();
      state.update(ports);
    }
    change.of(r.podName());
    ports
        .port(r.port())
        .next(context.timestamp(), r.state(), r.txBytes, r.rxBytes, r.errors, change.totals());
    out.collect(change);
  }
}
