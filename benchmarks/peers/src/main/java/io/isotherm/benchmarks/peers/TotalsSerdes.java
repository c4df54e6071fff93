package io.isotherm.benchmarks.peers;

import java.nio.ByteBuffer;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/** Serdes of plain bytes for what the DSL's windows hold and pass on. */
final class TotalsSerdes {
  static final Serde<Sample> SAMPLE = serde(s -> Sample.BYTES, Sample::write, Sample::read);

  static final Serde<ChipTotals> CHIP =
      serde(t -> ChipTotals.BYTES, ChipTotals::write, ChipTotals::read);

  static final Serde<ChipMeans> MEANS =
      serde(t -> ChipMeans.BYTES, ChipMeans::write, ChipMeans::read);

  static final Serde<CabinetTotals> CABINET =
      serde(t -> CabinetTotals.BYTES, CabinetTotals::write, CabinetTotals::read);

  static final Serde<PodTotals> POD = serde(PodTotals::bytes, PodTotals::write, PodTotals::read);

  static final Serde<PortState> PORT =
      serde(s -> PortState.BYTES, PortState::write, PortState::read);

  static final Serde<LinkTotals> LINKS =
      serde(t -> LinkTotals.BYTES, LinkTotals::write, LinkTotals::read);

  private TotalsSerdes() {}

  private static <T> Serde<T> serde(
      ToIntFunction<T> length, BiConsumer<T, ByteBuffer> write, Function<ByteBuffer, T> read) {
    return Serdes.serdeFrom(
        (topic, t) -> {
          ByteBuffer b = ByteBuffer.allocate(length.applyAsInt(t));
          write.accept(t, b);
          return b.array();
        },
        (topic, bytes) -> read.apply(ByteBuffer.wrap(bytes)));
  }
}
