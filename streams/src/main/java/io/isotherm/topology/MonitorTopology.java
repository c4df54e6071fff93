package io.isotherm.topology;

import io.isotherm.core.DetectorSettings;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.Topics;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * Wires the monitors into Kafka Streams: reports to pod health, incidents and dead letters; pod
 * health to cluster health and incidents of the site and of jobs over several pods. Every node and
 * store is named. Reports come as {@link ReportRun}s.
 */
public final class MonitorTopology {
  private final SchemaIds ids;
  private final TopologyBook book;
  private final DetectorSettings settings;

  /**
   * @param ids where schema ids come from
   * @param book takes what the topology topics say
   * @param settings windows and thresholds
   */
  public MonitorTopology(SchemaIds ids, TopologyBook book, DetectorSettings settings) {
    this.ids = ids;
    this.book = book;
    this.settings = settings;
  }

  /** The whole topology. */
  public Topology build() {
    Topology topology = new Topology();
    addTopologyReaders(topology);
    addPodMonitor(topology);
    addClusterMonitor(topology);
    return topology;
  }

  private void addTopologyReaders(Topology topology) {
    topology.addGlobalStore(
        emptyStore(Names.PODS_STORE),
        Names.PODS,
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer(),
        Topics.PODS.name(),
        Names.PODS_READER,
        () ->
            new TopologyReader<>(
                Topics.PODS.name(),
                Topics.PODS.valueSerde(ids).deserializer(),
                Topics::wrongKey,
                book::pod,
                book::removePod,
                TopologyReader.PAUSE));
    topology.addGlobalStore(
        emptyStore(Names.JOBS_STORE),
        Names.JOBS,
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer(),
        Topics.JOBS.name(),
        Names.JOBS_READER,
        () ->
            new TopologyReader<>(
                Topics.JOBS.name(),
                Topics.JOBS.valueSerde(ids).deserializer(),
                Topics::wrongKey,
                book::job,
                book::removeJob,
                TopologyReader.PAUSE));
  }

  private void addPodMonitor(Topology topology) {
    topology
        .addSource(
            Names.REPORTS,
            new ByteArrayDeserializer(),
            ReportRun.deserializer(),
            Topics.REPORTS.name())
        .addProcessor(
            Names.POD_MONITOR, () -> new PodMonitorProcessor(ids, book, settings), Names.REPORTS)
        .addStateStore(PagedStore.builder(Names.POD_PAGES), Names.POD_MONITOR)
        .addSink(
            Names.HEALTH_PODS,
            Topics.POD_HEALTH.name(),
            Topics.POD_HEALTH.keySerde().serializer(),
            Topics.POD_HEALTH.valueSerde(ids).serializer(),
            Names.POD_MONITOR)
        .addSink(
            Names.INCIDENTS,
            Topics.INCIDENTS.name(),
            Topics.INCIDENTS.keySerde().serializer(),
            Topics.INCIDENTS.valueSerde(ids).serializer(),
            Names.POD_MONITOR)
        .addSink(
            Names.DEAD_LETTERS,
            Topics.DEAD.name(),
            Topics.DEAD.keySerde().serializer(),
            Topics.DEAD.valueSerde(ids).serializer(),
            Names.POD_MONITOR);
  }

  private void addClusterMonitor(Topology topology) {
    topology
        .addSource(
            Names.POD_HEALTH,
            Topics.POD_HEALTH.keySerde().deserializer(),
            Topics.POD_HEALTH.valueSerde(ids).deserializer(),
            Topics.POD_HEALTH.name())
        .addProcessor(
            Names.CLUSTER_MONITOR,
            () -> new ClusterMonitorProcessor(book, settings),
            Names.POD_HEALTH)
        .addStateStore(PagedStore.builder(Names.CLUSTER_STATE), Names.CLUSTER_MONITOR)
        .addSink(
            Names.CLUSTER_HEALTH,
            Topics.CLUSTER_HEALTH.name(),
            Topics.CLUSTER_HEALTH.keySerde().serializer(),
            Topics.CLUSTER_HEALTH.valueSerde(ids).serializer(),
            Names.CLUSTER_MONITOR)
        .addSink(
            Names.SITE_INCIDENTS,
            Topics.INCIDENTS.name(),
            Topics.INCIDENTS.keySerde().serializer(),
            Topics.INCIDENTS.valueSerde(ids).serializer(),
            Names.CLUSTER_MONITOR);
  }

  private static StoreBuilder<KeyValueStore<Bytes, byte[]>> emptyStore(String name) {
    return Stores.keyValueStoreBuilder(
            Stores.inMemoryKeyValueStore(name), Serdes.Bytes(), Serdes.ByteArray())
        .withLoggingDisabled();
  }
}
