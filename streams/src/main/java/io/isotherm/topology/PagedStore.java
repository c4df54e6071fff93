package io.isotherm.topology;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.query.Position;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.internals.CacheFlushListener;
import org.apache.kafka.streams.state.internals.CachedStateStore;
import org.jspecify.annotations.Nullable;

/**
 * State of a processor as numbered pages per owner, written only just before a commit.
 *
 * <p>The processor works on its own arrays and gives the pages that have changed when the store
 * asks, which is once for each commit: under exactly-once Kafka Streams calls neither {@code flush}
 * nor {@code commit} of a store before it commits, but it does call {@link #flushCache} of a store
 * that is a {@link CachedStateStore}, and then waits until everything that was written is in the
 * transaction. That interface is public in an internal package; the tests of this class and the
 * kill test fail if its contract changes. The public way, a {@code put} into a caching store for
 * each report, costs about twice as much as the rest of the work.
 *
 * <p>The pages lie in a changelog only; the processor takes them over after a restart. A page's key
 * is the owner's name and the page's number.
 */
final class PagedStore implements StateStore, CachedStateStore<byte[], byte[]> {

  /** Takes the pages of a restored store. */
  interface PageReader {
    void page(String owner, int page, byte[] bytes);
  }

  /** Gives the pages of a processor's state. */
  interface Source {
    /** Gives the pages that have changed since it was last asked; they are then clean. */
    void changed(PageSink to);

    /** Gives every page. */
    void all(PageSink to);
  }

  /** Takes pages. */
  interface PageSink {
    /** Takes a page; numbers begin with 0. */
    void put(String owner, int page, byte[] bytes);

    /** A page is no more. */
    void delete(String owner, int page);
  }

  /**
   * Longest page that can be written, in bytes. The first monitor's page of a pod holds all of its
   * open incidents, some 200 bytes each.
   */
  static final int MOST_PAGE_BYTES = 32 << 20;

  private final RestoredPages restored;
  private final KeyValueStore<Bytes, byte[]> pages;
  private final PageSink changelog =
      new PageSink() {
        @Override
        public void put(String owner, int page, byte[] bytes) {
          pages.put(key(owner, page), bytes);
        }

        @Override
        public void delete(String owner, int page) {
          pages.delete(key(owner, page));
        }
      };
  private @Nullable Source source;

  /**
   * @param pages the store around {@code restored} that writes the changelog
   */
  private PagedStore(RestoredPages restored, KeyValueStore<Bytes, byte[]> pages) {
    this.restored = restored;
    this.pages = pages;
  }

  /** A store for {@code addStateStore}, which every task builds anew. */
  static StoreBuilder<PagedStore> builder(String name) {
    return new Builder(name);
  }

  /** Says who has the state; it is asked for the changed pages just before each commit. */
  void source(Source owner) {
    this.source = owner;
  }

  /** Whether no page was restored, or all are handed over. */
  boolean isEmpty() {
    return restored.approximateNumEntries() == 0;
  }

  /**
   * Hands over every page that was restored, in the order of the owners' names and the numbers of
   * the pages. The reader is their only owner from then on.
   */
  void handOver(PageReader reader) {
    for (KeyValue<Bytes, byte[]> page : restored.release()) {
      byte[] key = page.key.get();
      int nameLength = key.length - Integer.BYTES;
      reader.page(
          new String(key, 0, nameLength, StandardCharsets.UTF_8),
          ByteBuffer.wrap(key).getInt(nameLength),
          page.value);
    }
  }

  /** Takes a record of the changelog. */
  void restore(byte[] key, byte @Nullable [] bytes) {
    restored.put(Bytes.wrap(key), bytes);
  }

  static Bytes key(String owner, int page) {
    byte[] name = owner.getBytes(StandardCharsets.UTF_8);
    return Bytes.wrap(
        ByteBuffer.allocate(name.length + Integer.BYTES).put(name).putInt(page).array());
  }

  @Override
  public void flushCache() {
    if (source != null) {
      source.changed(changelog);
    }
  }

  /**
   * Called when a task becomes a standby: the processor ends, and the changelog that another task
   * writes is followed from here on, so all pages are kept again.
   */
  @Override
  public void clearCache() {
    Source last = source;
    source = null;
    restored.keep();
    if (last != null) {
      last.all(
          new PageSink() {
            @Override
            public void put(String owner, int page, byte[] bytes) {
              restored.put(key(owner, page), bytes);
            }

            @Override
            public void delete(String owner, int page) {
              restored.delete(key(owner, page));
            }
          });
    }
  }

  @Override
  public boolean setFlushListener(
      CacheFlushListener<byte[], byte[]> listener, boolean sendOldValues) {
    return false;
  }

  @Override
  public String name() {
    return pages.name();
  }

  /** The store that Kafka Streams registers and restores is this one, not the one inside. */
  @Override
  public void init(StateStoreContext context, StateStore root) {
    source = null;
    pages.init(context, root);
  }

  @Override
  public void commit(Map<TopicPartition, Long> changelogOffsets) {
    pages.commit(changelogOffsets);
  }

  @Override
  public void close() {
    source = null;
    pages.close();
  }

  @Override
  public boolean persistent() {
    return pages.persistent();
  }

  @Override
  public boolean isOpen() {
    return pages.isOpen();
  }

  @Override
  public Position getPosition() {
    return pages.getPosition();
  }

  private static final class Builder implements StoreBuilder<PagedStore> {
    /**
     * Pages are written again and again: small segments let the broker compact soon, so that a
     * restart has little to read. No segment can be shorter than the longest page.
     */
    private static final Map<String, String> CHANGELOG =
        Map.of(
            "segment.bytes", Integer.toString(MOST_PAGE_BYTES),
            "max.message.bytes", Integer.toString(MOST_PAGE_BYTES),
            "min.cleanable.dirty.ratio", "0.2");

    private final String name;

    Builder(String name) {
      this.name = name;
    }

    @Override
    public PagedStore build() {
      RestoredPages restored = new RestoredPages(name);
      return new PagedStore(
          restored,
          Stores.keyValueStoreBuilder(supplier(restored), Serdes.Bytes(), Serdes.ByteArray())
              .withLoggingEnabled(CHANGELOG)
              .withCachingDisabled()
              .build());
    }

    private static KeyValueBytesStoreSupplier supplier(RestoredPages pages) {
      return new KeyValueBytesStoreSupplier() {
        @Override
        public String name() {
          return pages.name();
        }

        @Override
        public KeyValueStore<Bytes, byte[]> get() {
          return pages;
        }

        @Override
        public String metricsScope() {
          return "pages";
        }
      };
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public boolean loggingEnabled() {
      return true;
    }

    @Override
    public Map<String, String> logConfig() {
      return CHANGELOG;
    }

    @Override
    public StoreBuilder<PagedStore> withCachingEnabled() {
      return this;
    }

    @Override
    public StoreBuilder<PagedStore> withCachingDisabled() {
      return this;
    }

    @Override
    public StoreBuilder<PagedStore> withLoggingEnabled(Map<String, String> config) {
      throw new UnsupportedOperationException("the changelog of " + name + " is fixed");
    }

    @Override
    public StoreBuilder<PagedStore> withLoggingDisabled() {
      throw new UnsupportedOperationException("the changelog of " + name + " is fixed");
    }
  }
}
