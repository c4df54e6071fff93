package io.isotherm.benchmarks.peers;

import java.util.Set;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.ContextualFixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorSupplier;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

/** Keeps the newest reading of every port, and says what the next one adds to its window. */
final class PortProcessor extends ContextualFixedKeyProcessor<Bytes, LinkSample, LinkTotals> {
  private static final String STORE = "port-states";

  /** Brings the store along. */
  static final class Supplier implements FixedKeyProcessorSupplier<Bytes, LinkSample, LinkTotals> {
    @Override
    public FixedKeyProcessor<Bytes, LinkSample, LinkTotals> get() {
      return new PortProcessor();
    }

    @Override
    public Set<StoreBuilder<?>> stores() {
      return Set.of(
          Stores.keyValueStoreBuilder(
                  Stores.inMemoryKeyValueStore(STORE), Serdes.Bytes(), TotalsSerdes.PORT)
              .withCachingEnabled());
    }
  }

  private final LinkTotals change = new LinkTotals();
  private @Nullable KeyValueStore<Bytes, PortState> ports;

  private PortProcessor() {}

  @Override
  public void init(FixedKeyProcessorContext<Bytes, LinkTotals> context) {
    super.init(context);
    ports = context.getStateStore(STORE);
  }

  @Override
  public void process(FixedKeyRecord<Bytes, LinkSample> record) {
    if (ports == null) {
      throw new IllegalStateException("not initialised");
    }
    LinkSample link = record.value();
    PortState port = ports.get(link.port());
    if (port == null) {
      port = new PortState();
    }
    port.next(
        record.timestamp(), link.state(), link.txBytes(), link.rxBytes(), link.errors(), change);
    ports.put(link.port(), port);
    context().forward(record.withValue(change));
  }
}
