package io.isotherm.export;

import java.util.List;

/** Every metric family that the exporter serves at {@code /metrics}. */
enum Family {
  CHIPS(
      "isotherm_chips",
      Type.GAUGE,
      "Chips of the pod by state in its newest window.",
      "pod",
      "state"),
  CHIPS_IN_MAINTENANCE(
      "isotherm_chips_in_maintenance",
      Type.GAUGE,
      "Unknown chips of the pod whose boards are under announced maintenance.",
      "pod"),
  BOARDS(
      "isotherm_boards",
      Type.GAUGE,
      "Boards of the pod that report, and that are silent.",
      "pod",
      "state"),
  COVERAGE(
      "isotherm_coverage_ratio",
      Type.GAUGE,
      "Chips with a sample in the newest window, of all that exist, 0 to 1.",
      "pod"),
  EFFECTIVE_COMPUTE(
      "isotherm_effective_compute_ratio",
      Type.GAUGE,
      "What the working chips give, of what all would give, 0 to 1.",
      "pod"),
  POWER(
      "isotherm_power_watts",
      Type.GAUGE,
      "Sum of the chips' mean power in the newest window.",
      "pod"),
  LINKS(
      "isotherm_links",
      Type.GAUGE,
      "Ports of the pod by state; degraded are those with too many errors or too low a speed.",
      "pod",
      "state"),
  WATERMARK(
      "isotherm_watermark_timestamp_seconds",
      Type.GAUGE,
      "Event time that the pod's monitor has reached.",
      "pod"),
  WATERMARK_LAG(
      "isotherm_watermark_lag_seconds",
      Type.GAUGE,
      "Time of the scrape minus the pod's watermark.",
      "pod"),
  WINDOW_END(
      "isotherm_window_end_timestamp_seconds",
      Type.GAUGE,
      "End of the pod's newest window in event time.",
      "pod"),
  WINDOW("isotherm_window_seconds", Type.GAUGE, "Length of the pod's newest window.", "pod"),
  CHIP_TEMPERATURE(
      "isotherm_chip_temperature_celsius",
      Type.HISTOGRAM,
      "Mean temperature of each chip in the newest window; begins anew with each window.",
      "pod"),
  CHIP_UTILIZATION(
      "isotherm_chip_utilization_ratio",
      Type.HISTOGRAM,
      "Mean utilization of each chip in the newest window; begins anew with each window.",
      "pod"),
  REPORTS("isotherm_reports_total", Type.COUNTER, "Reports accepted.", "pod"),
  LATE_REPORTS(
      "isotherm_late_reports_total",
      Type.COUNTER,
      "Reports whose window was closed already.",
      "pod"),
  DUPLICATE_REPORTS(
      "isotherm_duplicate_reports_total",
      Type.COUNTER,
      "Reports whose sequence number was seen already.",
      "pod"),
  MISSED_REPORTS(
      "isotherm_missed_reports_total",
      Type.COUNTER,
      "Reports missing by their agents' sequence numbers.",
      "pod"),
  REJECTED_REPORTS(
      "isotherm_rejected_reports_total",
      Type.COUNTER,
      "Reports that the pod's monitor sent to the dead letters.",
      "pod"),
  WINDOWS("isotherm_windows_total", Type.COUNTER, "Windows closed.", "pod"),
  LINK_TRANSMIT(
      "isotherm_link_transmit_bytes_total", Type.COUNTER, "Bytes sent by all ports.", "pod"),
  LINK_RECEIVE(
      "isotherm_link_receive_bytes_total", Type.COUNTER, "Bytes received by all ports.", "pod"),
  LINK_ERRORS(
      "isotherm_link_errors_total",
      Type.COUNTER,
      "Checksum errors and retries of all ports.",
      "pod"),
  CABINET_TEMPERATURE(
      "isotherm_cabinet_temperature_max_celsius",
      Type.GAUGE,
      "Highest chip temperature of the cabinet; where the series budget allows.",
      "pod",
      "cabinet"),
  CABINET_UNAVAILABLE(
      "isotherm_cabinet_chips_unavailable",
      Type.GAUGE,
      "Failed and unknown chips of the cabinet; where the series budget allows.",
      "pod",
      "cabinet"),
  DEAD_LETTERS(
      "isotherm_dead_letters_total",
      Type.COUNTER,
      "Records that could not be judged, by reason.",
      "reason"),
  INCIDENTS(
      "isotherm_incidents",
      Type.GAUGE,
      "Incidents that are open, without those that one of the site explains.",
      "kind",
      "severity"),
  INCIDENT_EVENTS(
      "isotherm_incidents_total",
      Type.COUNTER,
      "Events in the lives of incidents.",
      "kind",
      "event"),
  INCIDENT_INFO(
      "isotherm_incident_info",
      Type.INFO,
      "An open incident in its rank slot, which it keeps unless a critical one needs it; one of the"
          + " site has no pod and a series for each finding that it rests on; others have no finding,"
          + " and one of a job over several pods no pod. One on a board has its host, if the exporter"
          + " is given --hosts.",
      "rank",
      "id",
      "kind",
      "severity",
      "pod",
      "subject",
      "finding",
      "host"),
  INCIDENT_OPENED(
      "isotherm_incident_opened_timestamp_seconds",
      Type.GAUGE,
      "Event time at which the incident in the rank slot was opened.",
      "rank"),
  HOT_SPOT_TEMPERATURE(
      "isotherm_hot_spot_temperature_celsius",
      Type.GAUGE,
      "Mean temperature of one of the hottest chips of the cluster, hottest first.",
      "rank"),
  HOT_SPOT_INFO(
      "isotherm_hot_spot_info",
      Type.INFO,
      "Path of one of the hottest chips of the cluster.",
      "rank",
      "subject"),
  FABRIC_HOT_SPOT_WAIT(
      "isotherm_fabric_hot_spot_wait_ratio",
      Type.GAUGE,
      "Mean share of the time in which data waited at the ports of one of the switches where it"
          + " waits most, worst first.",
      "rank"),
  FABRIC_HOT_SPOT_INFO(
      "isotherm_fabric_hot_spot_info",
      Type.INFO,
      "Path of one of the switches where data waits most.",
      "rank",
      "subject"),
  CLUSTER_CHIPS(
      "isotherm_cluster_chips",
      Type.GAUGE,
      "Chips of the cluster by state in its newest window.",
      "state"),
  CLUSTER_WINDOW_END(
      "isotherm_cluster_window_end_timestamp_seconds",
      Type.GAUGE,
      "End of the cluster's newest window in event time."),
  CLUSTER_COVERAGE(
      "isotherm_cluster_coverage_ratio",
      Type.GAUGE,
      "Chips of the cluster with a sample in its newest window, of all, 0 to 1."),
  CLUSTER_COMPUTE(
      "isotherm_cluster_effective_compute_ratio",
      Type.GAUGE,
      "What the cluster's working chips give, of what all would give, 0 to 1."),
  CLUSTER_PODS(
      "isotherm_cluster_pods",
      Type.GAUGE,
      "Pods of the cluster that report, and that are silent.",
      "state"),
  CLUSTER_POWER(
      "isotherm_cluster_power_watts", Type.GAUGE, "Sum of the mean power of the cluster's chips."),
  REPLAY_EVENT(
      "isotherm_replay_event_timestamp_seconds",
      Type.GAUGE,
      "Wall time of the newest event of the kind in the life of a replay; only of kinds that there"
          + " were.",
      "event"),
  SERIES("isotherm_export_series", Type.GAUGE, "Series in this answer, its own count included."),
  SERIES_BUDGET("isotherm_export_series_budget", Type.GAUGE, "Series that this answer may have."),
  SERIES_DROPPED(
      "isotherm_export_series_dropped",
      Type.GAUGE,
      "Cabinet series left out to stay within the budget."),
  LAST_RECORD(
      "isotherm_export_last_record_timestamp_seconds",
      Type.GAUGE,
      "Timestamp of the newest record read from the topic.",
      "topic"),
  BUILD("isotherm_build_info", Type.INFO, "Version of Isotherm.", "version");

  /** Type in the text format; an info is a gauge there whose value is always 1. */
  enum Type {
    GAUGE,
    COUNTER,
    HISTOGRAM,
    INFO
  }

  private final String metric;
  private final Type type;
  private final String help;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> labels;

  Family(String metric, Type type, String help, String... labels) {
    this.metric = metric;
    this.type = type;
    this.help = help;
    this.labels = List.of(labels);
  }

  String metric() {
    return metric;
  }

  Type type() {
    return type;
  }

  String help() {
    return help;
  }

  List<String> labels() {
    return labels;
  }
}
