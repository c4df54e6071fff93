package io.isotherm.topology;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.core.DetectorSettings;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class PagedStoreTest {
  private final PagedStore store = PagedStore.builder("pages").build();

  @BeforeEach
  void open() {
    store.init(new MockProcessorContext<Void, Void>().getStateStoreContext(), store);
  }

  @Test
  void handsOverEachRestoredPageOnce() {
    store.restore(key("pod-00", 1), bytes("old"));
    store.restore(key("pod-00", 1), bytes("new"));
    store.restore(key("pod-00", 2), bytes("gone"));
    store.restore(key("pod-00", 2), null);
    store.restore(key("pod-00", 0), bytes("first"));

    assertThat(store.isEmpty()).isFalse();
    assertThat(pages()).containsExactly("pod-00/0=first", "pod-00/1=new");
    assertThat(store.isEmpty()).isTrue();
    assertThat(pages()).isEmpty();
  }

  @Test
  void keepsEveryPageAgainWhenItsTaskBecomesAStandby() {
    store.restore(key("pod-00", 0), bytes("restored"));
    assertThat(pages()).hasSize(1);
    store.source(
        new PagedStore.Source() {
          @Override
          public void changed(PagedStore.PageSink to) {
            throw new AssertionError("a standby writes nothing to the changelog");
          }

          @Override
          public void all(PagedStore.PageSink to) {
            to.put("pod-00", 0, bytes("judged on"));
            to.put("pod-00", 1, bytes("another"));
          }
        });

    store.clearCache();
    store.flushCache();
    store.restore(key("pod-00", 1), bytes("from the new owner"));

    assertThat(pages()).containsExactly("pod-00/0=judged on", "pod-00/1=from the new owner");
  }

  @Test
  void itsTopicTakesWhateverTheMonitorMaySend() {
    Map<String, String> changelog = PagedStore.builder("pages").logConfig();
    Properties config =
        MonitorApp.config(
            new MonitorSettings(
                Map.of("bootstrap.servers", "localhost:1"),
                "pages-test",
                1,
                DetectorSettings.DEFAULT,
                /* ticks= */ false));
    int longest = 32 << 20;

    assertThat(config)
        .containsEntry("producer.max.request.size", longest)
        .containsEntry("producer.buffer.memory", 2 * longest);
    assertThat(changelog)
        .containsEntry("max.message.bytes", Integer.toString(longest))
        .containsEntry("segment.bytes", Integer.toString(longest));
  }

  private List<String> pages() {
    List<String> all = new ArrayList<>();
    store.handOver(
        (owner, page, bytes) ->
            all.add(owner + "/" + page + "=" + new String(bytes, StandardCharsets.UTF_8)));
    return all;
  }

  private static byte[] key(String owner, int page) {
    return PagedStore.key(owner, page).get();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
