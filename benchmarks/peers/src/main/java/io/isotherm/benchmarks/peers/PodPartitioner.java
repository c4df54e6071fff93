package io.isotherm.benchmarks.peers;

import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.jspecify.annotations.Nullable;

/**
 * Puts all parts of a pod on the partition on which Kafka's own partitioner puts the pod's reports.
 * So each partition of a repartition topic has one writer and stays in the order of time, and the
 * producer's batches are as long as they can be.
 */
final class PodPartitioner<V> implements StreamPartitioner<Bytes, V> {
  @Override
  public Optional<Set<Integer>> partitions(
      String topic, Bytes key, @Nullable V value, int partitions) {
    return Optional.of(
        Set.of(BuiltInPartitioner.partitionForKey(PlaceKey.podBytes(key), partitions)));
  }
}
