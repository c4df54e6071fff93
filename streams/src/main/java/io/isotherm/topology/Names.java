package io.isotherm.topology;

/**
 * Names of nodes and stores. They name changelog topics and consumer state, so a changed name
 * strands data; the golden description of the topology holds them.
 */
final class Names {
  static final String REPORTS = "reports";
  static final String POD_MONITOR = "pod-monitor";
  static final String POD_PAGES = "pod-pages";
  static final String HEALTH_PODS = "health-pods";
  static final String INCIDENTS = "incidents";
  static final String DEAD_LETTERS = "dead-letters";

  static final String POD_HEALTH = "pod-health";
  static final String CLUSTER_MONITOR = "cluster-monitor";
  static final String CLUSTER_STATE = "cluster-state";
  static final String CLUSTER_HEALTH = "cluster-health";
  static final String SITE_INCIDENTS = "site-incidents";

  static final String PODS = "topology-pods";
  static final String PODS_READER = "topology-pods-reader";
  static final String PODS_STORE = "topology-pods-store";
  static final String JOBS = "topology-jobs";
  static final String JOBS_READER = "topology-jobs-reader";
  static final String JOBS_STORE = "topology-jobs-store";

  private Names() {}

  /** The topic in which Kafka Streams keeps a store. */
  static String changelog(String applicationId, String store) {
    return applicationId + "-" + store + "-changelog";
  }
}
