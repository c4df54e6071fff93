package io.isotherm.export;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.isotherm.avro.AffectedJob;
import io.isotherm.avro.Evidence;
import io.isotherm.avro.Incident;
import io.isotherm.avro.PodHealth;
import io.isotherm.avro.PodTopology;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The cluster's results as JSON; the field names stand in {@code docs/metrics.md}. */
final class ClusterApi {
  private final ObjectMapper json = new ObjectMapper();
  private final HostNames hosts;

  ClusterApi(HostNames hosts) {
    this.hosts = hosts;
  }

  Reply status(ClusterView view, Optional<String> notReady, long nowMs) throws IOException {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("ready", notReady.isEmpty());
    all.put("reason", notReady.orElse(""));
    all.put("now_ms", nowMs);
    all.put("pods", view.topology().size());
    all.put("chips", view.topology().values().stream().mapToLong(ClusterView::chips).sum());
    all.put("open_incidents", view.open().size() - view.explained().size());
    all.put("dead_letters", view.deadLetters());
    return reply(all);
  }

  Reply pods(ClusterView view) throws IOException {
    List<Object> all = new ArrayList<>();
    view.topology().values().forEach(topology -> all.add(pod(view, topology)));
    return reply(all);
  }

  Reply pod(ClusterView view, String name) throws IOException {
    PodTopology topology = view.topology().get(name);
    if (topology == null) {
      return Reply.text(
          404,
          "no pod '%s'; there is: %s".formatted(name, String.join(", ", view.topology().keySet())));
    }
    Map<String, Object> all = pod(view, topology);
    PodHealth health = view.health().get(name);
    if (health != null) {
      byte[] states = new byte[health.getChipStates().remaining()];
      health.getChipStates().duplicate().get(states);
      byte[] temperatures = new byte[health.getChipTemperatures().remaining()];
      health.getChipTemperatures().duplicate().get(temperatures);
      // Base64, as Jackson writes bytes.
      all.put("chip_states", states);
      all.put("chip_temperatures", temperatures);
    }
    return reply(all);
  }

  private static Map<String, Object> pod(ClusterView view, PodTopology t) {
    Map<String, Object> all = new LinkedHashMap<>();
    PodHealth h = view.health().get(t.getPod());
    all.put("pod", t.getPod());
    all.put("cabinets", t.getCabinets());
    all.put("boards_per_cabinet", t.getBoardsPerCabinet());
    all.put("chips_per_board", t.getChipsPerBoard());
    all.put("chips", ClusterView.chips(t));
    all.put("healthy", h == null ? 0 : h.getHealthy());
    all.put("suspect", h == null ? 0 : h.getSuspect());
    all.put("degraded", h == null ? 0 : h.getDegraded());
    all.put("failed", h == null ? 0 : h.getFailed());
    all.put("unknown", h == null ? ClusterView.chips(t) : h.getUnknown());
    all.put("in_maintenance", h == null ? 0 : h.getChipsInMaintenance());
    if (h != null) {
      all.put("coverage", (double) h.getChipsReporting() / h.getChips());
      all.put("effective_compute", h.getEffectiveComputePermille() / 1e3);
      all.put("window_start_ms", h.getWindowStartMs());
      all.put("window_ms", h.getWindowMs());
      all.put("watermark_ms", h.getWatermarkMs());
      all.put("power_watts", h.getPowerDeciwatts() / 10.0);
      all.put("reports_total", h.getReportsTotal());
    }
    return all;
  }

  Reply incidents(ClusterView view, boolean resolvedToo) throws IOException {
    List<Object> all = new ArrayList<>();
    view.open()
        .forEach(
            incident -> {
              Map<String, Object> one = incident(incident);
              String site = view.explained().get(incident.getId());
              if (site != null) {
                one.put("explained_by", site);
              }
              all.add(one);
            });
    if (resolvedToo) {
      view.resolved().forEach(incident -> all.add(incident(incident)));
    }
    return reply(all);
  }

  private Map<String, Object> incident(Incident i) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("id", i.getId());
    all.put("revision", i.getRevision());
    all.put("event", ResultState.word(i.getEvent()));
    all.put("kind", ResultState.word(i.getKind()));
    all.put("severity", ResultState.word(i.getSeverity()));
    all.put("pod", i.getPod());
    all.put("subject", i.getSubject());
    hosts.of(i.getSubject()).ifPresent(host -> all.put("host", host));
    all.put("opened_ms", i.getOpenedMs());
    if (i.getResolvedMs() != null) {
      all.put("resolved_ms", i.getResolvedMs());
    }
    all.put("chips_affected", i.getChipsAffected());
    all.put("summary", i.getSummary());
    all.put("next_step", i.getNextStep());
    all.put("evidence", i.getEvidence().stream().map(ClusterApi::evidence).toList());
    all.put("children", i.getChildren());
    all.put("children_total", i.getChildrenTotal());
    all.put("jobs", i.getJobs().stream().map(ClusterApi::job).toList());
    return all;
  }

  private static Map<String, Object> job(AffectedJob j) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("job", j.getJob());
    all.put("boards", j.getBoards());
    all.put("boards_in_pod", j.getBoardsInPod());
    return all;
  }

  private static Map<String, Object> evidence(Evidence e) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("finding", e.getFinding());
    all.put("subject", e.getSubject());
    all.put("window_start_ms", e.getWindowStartMs());
    all.put("value", e.getValue());
    all.put("expected", e.getExpected());
    all.put("unit", e.getUnit());
    return all;
  }

  private Reply reply(Object value) throws IOException {
    return Reply.json(200, json.writeValueAsBytes(value));
  }
}
