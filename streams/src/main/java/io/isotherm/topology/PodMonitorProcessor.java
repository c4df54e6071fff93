package io.isotherm.topology;

import io.isotherm.avro.DeadLetter;
import io.isotherm.avro.DeadReason;
import io.isotherm.core.DetectorSettings;
import io.isotherm.core.IncidentEvent;
import io.isotherm.core.Outcome;
import io.isotherm.core.PodMonitor;
import io.isotherm.core.PodWindow;
import io.isotherm.model.Report;
import io.isotherm.schemas.ReportReader;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.Topics;
import io.isotherm.schemas.UndecodableException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives each report to the monitor of its pod and forwards what follows from it; what cannot be
 * judged becomes a dead letter with its reason.
 *
 * <p>The topology that a pod is judged by is page 0 of the pod's state, the monitor's own pages
 * follow. A newer version of the topology takes over when the pod closes the first window that ends
 * at or after the version's time: by then it is the pod's own time, which no stray timestamp moves,
 * that has come so far. If the version has other parts, what is open is resolved and the pod's
 * state begins anew, but for what its jobs did. One that holds from no later than the pod's own
 * never takes over; the log says so.
 */
final class PodMonitorProcessor
    implements Processor<byte[], ReportRun, Object, SpecificRecord>, PagedStore.Source {
  private static final Logger log = LoggerFactory.getLogger(PodMonitorProcessor.class);

  /** Together they fit the topic of dead letters; no record of ours comes near. */
  private static final int MOST_VALUE_BYTES = 3 << 19;

  private static final int MOST_KEY_BYTES = 64 << 10;
  private static final int MOST_DETAIL = 500;

  private static final int TOPOLOGY_PAGE = 0;
  private static final int FIRST_MONITOR_PAGE = 1;

  /** A pod of this task, and who judges it. */
  private final class Judged implements PodMonitor.Output {
    final String pod;
    final byte[] key;
    TopologyBook.Version version;
    PodMonitor monitor;
    TopologyBook.@Nullable Page told;
    TopologyBook.@Nullable Version next;
    private TopologyBook.@Nullable Version newest;
    boolean topologyDirty;
    private boolean heard;

    /** Why the last report was not wholly accepted; a monitor that takes over does not know it. */
    String detail = "";

    int pagesToDelete;
    private long closedUntilMs = Long.MIN_VALUE;

    Judged(TopologyBook.Version version) {
      this.pod = version.layout().pod();
      this.key = pod.getBytes(StandardCharsets.UTF_8);
      this.version = version;
      this.monitor = new PodMonitor(version.layout(), settings);
      this.topologyDirty = true;
      book.judged(pod);
    }

    @SuppressWarnings("ReferenceEquality") // A page is immutable; a changed book has a new one.
    Outcome accept(Report report) {
      if (!heard && !report.tick) {
        heard = true;
        book.heard(pod, context.taskId().partition());
      }
      TopologyBook.Page page = book.page();
      if (told != page) {
        told = page;
        monitor.placements(page.placements());
        next = page.after(version);
        TopologyBook.Version published = page.newest(pod);
        if (published != null && published != newest) {
          newest = published;
          warnIfTooLate(published);
        }
      }
      Outcome outcome = monitor.accept(report, this);
      detail = monitor.detail();
      TopologyBook.Version following = next;
      while (following != null && closedUntilMs >= following.fromMs()) {
        follow(following);
        following = page.after(version);
      }
      return outcome;
    }

    /** Says so if a version that was published will never take over. */
    private void warnIfTooLate(TopologyBook.Version published) {
      if (published.fromMs() <= version.fromMs() && !published.sameParts(version)) {
        log.warn(
            "{}: the newest record of {} holds from {} ms, but the pod is judged by one that holds"
                + " from {} ms: it is not used; publish it with a later effectiveFromMs",
            Topics.PODS.name(),
            pod,
            published.fromMs(),
            version.fromMs());
      }
    }

    private void follow(TopologyBook.Version following) {
      if (!following.sameParts(version)) {
        pagesToDelete = Math.max(pagesToDelete, monitor.pages());
        monitor = monitor.followedBy(following.layout(), closedUntilMs, this);
      }
      version = following;
      topologyDirty = true;
      told = null;
    }

    @Override
    public void window(PodWindow window) {
      closedUntilMs = window.windowStartMs() + window.windowMs();
      context.forward(
          new Record<>(pod, Results.podHealth(window), closedUntilMs), Names.HEALTH_PODS);
      commits.want();
    }

    @Override
    public void incident(IncidentEvent event) {
      context.forward(
          new Record<>(event.id(), Results.incident(event), event.eventMs()), Names.INCIDENTS);
    }

    void changed(PagedStore.PageSink to) {
      if (topologyDirty) {
        to.put(pod, TOPOLOGY_PAGE, writeTopology.serialize(null, version.topology()));
        topologyDirty = false;
      }
      int count = monitor.pages();
      for (int page = 0; page < count; page++) {
        if (monitor.dirty(page)) {
          to.put(pod, FIRST_MONITOR_PAGE + page, monitor.writePage(page));
        }
      }
      for (int page = count; page < pagesToDelete; page++) {
        to.delete(pod, FIRST_MONITOR_PAGE + page);
      }
      pagesToDelete = 0;
    }

    void all(PagedStore.PageSink to) {
      to.put(pod, TOPOLOGY_PAGE, writeTopology.serialize(null, version.topology()));
      for (int page = 0; page < monitor.pages(); page++) {
        to.put(pod, FIRST_MONITOR_PAGE + page, monitor.writePage(page));
      }
    }
  }

  private final TopologyBook book;
  private final DetectorSettings settings;
  private final ReportReader reader;
  private final Report report = new Report();
  private final Serializer<io.isotherm.avro.PodTopology> writeTopology;
  private final Deserializer<io.isotherm.avro.PodTopology> readTopology;
  private final List<Judged> pods = new ArrayList<>();
  private ProcessorContext<Object, SpecificRecord> context;
  private CommitPacer commits;
  private PagedStore pages;
  private boolean restored;
  private int last;

  @SuppressWarnings("NullAway.Init") // Kafka Streams calls init first.
  PodMonitorProcessor(SchemaIds ids, TopologyBook book, DetectorSettings settings) {
    this.book = book;
    this.settings = settings;
    this.reader = new ReportReader(ids);
    this.writeTopology = Topics.PODS.valueSerde(ids).serializer();
    this.readTopology = Topics.PODS.valueSerde(ids).deserializer();
  }

  /** Kafka Streams calls it again when a task is revived. */
  @Override
  public void init(ProcessorContext<Object, SpecificRecord> context) {
    this.context = context;
    pods.clear();
    last = 0;
    restored = false;
    pages = context.getStateStore(Names.POD_PAGES);
    if (commits != null) {
      commits.end();
    }
    commits = CommitPacer.of(context, settings.windowMs());
    pages.source(this);
    if (!pages.isEmpty()) {
      restore();
    }
  }

  @Override
  public void close() {
    // It may have failed before it began.
    if (commits != null) {
      commits.end();
    }
  }

  @Override
  public void changed(PagedStore.PageSink to) {
    pods.forEach(judged -> judged.changed(to));
    commits.committing();
  }

  @Override
  public void all(PagedStore.PageSink to) {
    pods.forEach(judged -> judged.all(to));
  }

  /**
   * Goes on from the pages of the store. Kafka Streams has restored them before it calls {@link
   * #init}, so that a monitor that runs is ready to judge; the test driver, which restores nothing,
   * gets them between then and the first report.
   */
  private void restore() {
    SortedMap<String, Judged> found = new TreeMap<>();
    pages.handOver(
        (pod, page, bytes) -> {
          if (page == TOPOLOGY_PAGE) {
            Judged judged = new Judged(TopologyBook.version(readTopology.deserialize(null, bytes)));
            judged.topologyDirty = false;
            found.put(pod, judged);
          } else {
            Judged judged = found.get(pod);
            if (judged == null) {
              throw new IllegalStateException("state of " + pod + " has no topology");
            }
            judged.monitor.readPage(page - FIRST_MONITOR_PAGE, ByteBuffer.wrap(bytes));
          }
        });
    pods.addAll(found.values());
    restored = true;
  }

  @Override
  public void process(Record<byte[], ReportRun> record) {
    if (!restored) {
      restore();
    }
    ReportRun run = record.value();
    while (run.next()) {
      take(run);
    }
  }

  /** Takes the record at which the run is. */
  private void take(ReportRun run) {
    try {
      ByteBuffer value = run.value();
      if (value != null) {
        int from = value.arrayOffset() + value.position();
        reader.read(value.array(), from, from + value.remaining(), report);
      } else {
        reader.read(null, report);
      }
    } catch (UndecodableException e) {
      bury(run, DeadReason.UNDECODABLE, String.valueOf(e.getMessage()));
      return;
    }
    Judged judged = find(run);
    if (judged == null || !judged.pod.equals(report.pod)) {
      if (!run.hasKey(report.pod.getBytes(StandardCharsets.UTF_8))) {
        byte[] key = run.key();
        bury(
            run,
            DeadReason.IMPOSSIBLE_VALUE,
            "the record's key is %s, must be the report's pod %s"
                .formatted(
                    key == null ? "null" : new String(key, StandardCharsets.UTF_8), report.pod));
        return;
      }
      TopologyBook.Version version = book.page().first(report.pod);
      if (version == null) {
        bury(
            run,
            DeadReason.UNKNOWN_POD,
            "pod %s is not in topic %s".formatted(report.pod, Topics.PODS.name()));
        return;
      }
      judged = new Judged(version);
      last = pods.size();
      pods.add(judged);
    }
    DeadReason reason =
        switch (judged.accept(report)) {
          case ACCEPTED, TICK, DUPLICATE, LATE -> null;
          case ACCEPTED_IN_PART, IMPOSSIBLE -> DeadReason.IMPOSSIBLE_VALUE;
          case UNKNOWN_PART -> DeadReason.UNKNOWN_PART;
          case TIME_TOO_OLD -> DeadReason.TIME_TOO_OLD;
          case TIME_TOO_NEW -> DeadReason.TIME_TOO_NEW;
        };
    // A tick is made anew every few seconds; one that is out of time has nothing to keep.
    if (reason != null && !report.tick) {
      bury(run, reason, judged.detail);
    }
  }

  /** Few pods share a partition and come in runs: the last one first, then the others. */
  private @Nullable Judged find(ReportRun run) {
    int count = pods.size();
    for (int i = 0; i < count; i++) {
      int at = last + i < count ? last + i : last + i - count;
      Judged judged = pods.get(at);
      if (run.hasKey(judged.key)) {
        last = at;
        return judged;
      }
    }
    return null;
  }

  /**
   * Its time is that of its burial, because its own may be what is wrong with it. A record that was
   * compressed on its way can be longer than the topic of dead letters takes; it is then cut, and
   * the detail says so.
   */
  private void bury(ReportRun run, DeadReason reason, String why) {
    byte @Nullable [] wholeKey = run.key();
    byte @Nullable [] wholeValue = run.valueBytes();
    byte @Nullable [] key = cut(wholeKey, MOST_KEY_BYTES);
    byte @Nullable [] value = cut(wholeValue, MOST_VALUE_BYTES);
    String detail = why.length() > MOST_DETAIL ? why.substring(0, MOST_DETAIL) + "..." : why;
    if (isCut(key, wholeKey) || isCut(value, wholeValue)) {
      detail += cutNote(wholeKey, wholeValue);
    }
    RecordMetadata from = context.recordMetadata().orElseThrow();
    DeadLetter letter =
        new DeadLetter(
            reason,
            detail,
            from.topic(),
            from.partition(),
            run.offset(),
            key == null ? null : ByteBuffer.wrap(key),
            value == null ? null : ByteBuffer.wrap(value));
    Headers headers = new RecordHeaders();
    headers.add(Topics.REASON_HEADER, reason.name().getBytes(StandardCharsets.UTF_8));
    headers.add(Topics.DETAIL_HEADER, detail.getBytes(StandardCharsets.UTF_8));
    context.forward(
        new Record<>(key, letter, context.currentSystemTimeMs(), headers), Names.DEAD_LETTERS);
  }

  private static byte @Nullable [] cut(byte @Nullable [] bytes, int most) {
    return bytes == null || bytes.length <= most ? bytes : Arrays.copyOf(bytes, most);
  }

  private static boolean isCut(byte @Nullable [] cut, byte @Nullable [] whole) {
    return cut != null && whole != null && cut.length < whole.length;
  }

  private static String cutNote(byte @Nullable [] key, byte @Nullable [] value) {
    return " (cut: its key has %d bytes, its value %d bytes)"
        .formatted(key == null ? 0 : key.length, value == null ? 0 : value.length);
  }
}
