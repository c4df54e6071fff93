package io.isotherm.bridge;

import io.isotherm.avro.PodTopology;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.TopologyRecords;
import io.isotherm.model.PodLayout;
import io.isotherm.producers.NewestValues;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.Topics;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a bridge says that its pods are made of. Bridges of one cluster say the same, and what is
 * there already is not said again: other parts begin a pod anew.
 */
final class Announcement {
  private static final Logger log = LoggerFactory.getLogger(Announcement.class);

  private Announcement() {}

  /**
   * The records that are to be published.
   *
   * @param pods numbers of the pods that have exporters
   * @param effectiveMs event time from which they hold, in milliseconds since 1970-01-01 UTC
   */
  static List<PodTopology> of(
      ClusterPlan plan,
      Collection<Integer> pods,
      long effectiveMs,
      SchemaIds ids,
      Map<String, Object> clientConfig) {
    Map<String, PodTopology> known;
    try (NewestValues<PodTopology> newest = new NewestValues<>(Topics.PODS, ids, clientConfig)) {
      known = newest.read();
    }
    List<PodTopology> records = new ArrayList<>();
    for (int number : pods) {
      PodLayout pod = plan.pods().get(number);
      PodTopology wanted = TopologyRecords.toAvro(plan, pod, effectiveMs);
      PodTopology before = known.get(pod.pod());
      if (before == null) {
        log.info("{}: {} boards of {} announced", pod.pod(), pod.boards(), plan.preset());
        records.add(wanted);
      } else if (!saysTheSame(before, wanted)) {
        log.warn("{}: another topology than before announced, {}", pod.pod(), plan.preset());
        records.add(wanted);
      }
    }
    return records;
  }

  /** Whether all but the time is as it was: another name of the cluster is to be published, too. */
  private static boolean saysTheSame(PodTopology before, PodTopology wanted) {
    PodTopology then = PodTopology.newBuilder(before).build();
    then.setEffectiveFromMs(wanted.getEffectiveFromMs());
    return then.equals(wanted);
  }
}
