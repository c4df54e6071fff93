package io.isotherm.topology;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.StateRestoreCallback;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.query.Position;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The store inside a {@link PagedStore}: keeps what it is given until the processor has it, and
 * from then on nothing. The processor's arrays are the state; a copy of every page beside them
 * would double what a chip costs. What passes through is still written to the changelog, by the
 * store that Kafka Streams puts around this one.
 */
final class RestoredPages implements KeyValueStore<Bytes, byte[]> {
  private final String name;
  private final TreeMap<Bytes, byte[]> pages = new TreeMap<>();
  private boolean keeps = true;
  private boolean open;

  RestoredPages(String name) {
    this.name = name;
  }

  /** Gives every page in the order of the keys, and keeps none from now on. */
  List<KeyValue<Bytes, byte[]>> release() {
    List<KeyValue<Bytes, byte[]>> all = new ArrayList<>(pages.size());
    pages.forEach((key, page) -> all.add(KeyValue.pair(key, page)));
    pages.clear();
    keeps = false;
    return all;
  }

  /** From now on keeps again what it is given. */
  void keep() {
    keeps = true;
  }

  @Override
  public void init(StateStoreContext context, StateStore root) {
    pages.clear();
    keeps = true;
    open = true;
    StateRestoreCallback restore = (key, page) -> put(Bytes.wrap(key), page);
    context.register(root, restore);
  }

  @Override
  public void put(Bytes key, byte @Nullable [] page) {
    if (!keeps) {
      return;
    }
    if (page == null) {
      pages.remove(key);
    } else {
      pages.put(key, page);
    }
  }

  @Override
  public void putAll(List<KeyValue<Bytes, byte[]>> entries) {
    entries.forEach(entry -> put(entry.key, entry.value));
  }

  @Override
  @SuppressWarnings("NullAway") // Kafka's interface is not annotated; null says there was none.
  public byte[] delete(Bytes key) {
    return pages.remove(key);
  }

  @Override
  @SuppressWarnings("NullAway") // As above.
  public byte[] get(Bytes key) {
    return pages.get(key);
  }

  @Override
  public byte[] putIfAbsent(Bytes key, byte[] page) {
    throw new UnsupportedOperationException(name + " is only written");
  }

  @Override
  public KeyValueIterator<Bytes, byte[]> range(Bytes from, Bytes to) {
    throw new UnsupportedOperationException(name + " is only written");
  }

  @Override
  public KeyValueIterator<Bytes, byte[]> all() {
    throw new UnsupportedOperationException(name + " is only written");
  }

  @Override
  public long approximateNumEntries() {
    return pages.size();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void close() {
    pages.clear();
    open = false;
  }

  @Override
  public boolean persistent() {
    return false;
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public Position getPosition() {
    return Position.emptyPosition();
  }
}
