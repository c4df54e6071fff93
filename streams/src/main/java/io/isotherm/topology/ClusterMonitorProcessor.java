package io.isotherm.topology;

import io.isotherm.avro.PodHealth;
import io.isotherm.core.ClusterMonitor;
import io.isotherm.core.ClusterWindow;
import io.isotherm.core.DetectorSettings;
import io.isotherm.core.IncidentEvent;
import io.isotherm.schemas.Topics;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives each window of a pod to the monitor of its cluster, and forwards what that closes. */
final class ClusterMonitorProcessor
    implements Processor<String, PodHealth, String, SpecificRecord>,
        PagedStore.Source,
        ClusterMonitor.Output {
  private static final Logger log = LoggerFactory.getLogger(ClusterMonitorProcessor.class);

  /** A cluster's monitor and the page of the book that it was last told. */
  private static final class Judged {
    final ClusterMonitor monitor;
    TopologyBook.Page told;
    boolean dirty;

    Judged(ClusterMonitor monitor, TopologyBook.Page told) {
      this.monitor = monitor;
      this.told = told;
    }
  }

  private final TopologyBook book;
  private final DetectorSettings settings;
  private final SortedMap<String, Judged> clusters = new TreeMap<>();
  private ProcessorContext<String, SpecificRecord> context;
  private CommitPacer commits;
  private TopologyBook.@Nullable Page looked;
  private boolean saidSeveral;

  @SuppressWarnings("NullAway.Init") // Kafka Streams calls init first.
  ClusterMonitorProcessor(TopologyBook book, DetectorSettings settings) {
    this.book = book;
    this.settings = settings;
  }

  /** Kafka Streams calls it again when a task is revived. */
  @Override
  public void init(ProcessorContext<String, SpecificRecord> context) {
    this.context = context;
    if (commits != null) {
      commits.end();
    }
    commits = CommitPacer.of(context, settings.windowMs());
    clusters.clear();
    PagedStore pages = context.getStateStore(Names.CLUSTER_STATE);
    pages.handOver((cluster, page, bytes) -> judged(cluster).monitor.read(bytes));
    pages.source(this);
  }

  @Override
  public void close() {
    // It may have failed before it began.
    if (commits != null) {
      commits.end();
    }
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // A page is immutable; a changed book has a new one.
  public void process(Record<String, PodHealth> record) {
    PodHealth health = record.value();
    String cluster = health == null ? null : book.page().clusterOf(health.getPod());
    if (health == null || cluster == null) {
      return; // A pod that the topology no longer has; its results stand in health.pods.
    }
    Judged judged = judged(cluster);
    TopologyBook.Page page = book.page();
    if (judged.told != page) {
      judged.monitor.pods(page.podsOf(cluster));
      judged.told = page;
    }
    if (looked != page) {
      looked = page;
      sayIfSeveral(page.clusters());
    }
    judged.dirty = true;
    judged.monitor.accept(Results.podWindow(health), this);
  }

  /** Said once when it begins. */
  private void sayIfSeveral(Set<String> clusters) {
    boolean several = clusters.size() > 1;
    if (several && !saidSeveral) {
      log.warn(
          "the pods of {} are of clusters {}, must be of one: each cluster is judged without the"
              + " pods of the others; publish the pods anew with the right name",
          Topics.PODS.name(),
          String.join(", ", clusters));
    }
    saidSeveral = several;
  }

  @Override
  public void cluster(ClusterWindow window) {
    context.forward(
        new Record<>(
            window.cluster(),
            Results.clusterHealth(window),
            window.windowStartMs() + window.windowMs()),
        Names.CLUSTER_HEALTH);
    commits.want();
  }

  @Override
  public void incident(IncidentEvent event) {
    context.forward(
        new Record<>(event.id(), Results.incident(event), event.eventMs()), Names.SITE_INCIDENTS);
    commits.want();
  }

  private Judged judged(String cluster) {
    return clusters.computeIfAbsent(
        cluster,
        name -> {
          TopologyBook.Page page = book.page();
          ClusterMonitor monitor = new ClusterMonitor(name, settings);
          monitor.pods(page.podsOf(name));
          return new Judged(monitor, page);
        });
  }

  @Override
  public void changed(PagedStore.PageSink to) {
    clusters.forEach(
        (cluster, judged) -> {
          if (judged.dirty) {
            to.put(cluster, 0, judged.monitor.write());
            judged.dirty = false;
          }
        });
    commits.committing();
  }

  @Override
  public void all(PagedStore.PageSink to) {
    clusters.forEach((cluster, judged) -> to.put(cluster, 0, judged.monitor.write()));
  }
}
